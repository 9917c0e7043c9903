"""The empirical-Bayes fit of one flat group in NumPy and SciPy: beta-binomial with plug-in hyper-parameters.

In: clicks and conversions by term, whole numbers, conversions not above clicks. Out: posterior mean, standard deviation and
two quantiles of every term's rate. The likelihood depends on the pair (clicks, conversions) alone, so all work is done once
a distinct pair. The hyper-parameters are the likeliest ones, where `termwise fit` integrates over them.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit


def fit(clicks, conversions, level=0.90):
    clicks, conversions = clicks.astype(np.int64), conversions.astype(np.int64)
    width = int(clicks.max()) + 1
    pairs, place, weight = np.unique(clicks * width + conversions, return_inverse=True, return_counts=True)
    n, y = (pairs // width).astype(float), (pairs % width).astype(float)

    def loss(x):
        mean, strength = expit(x[0]), np.exp(x[1])
        a, b = mean * strength, (1.0 - mean) * strength
        return -np.sum(weight * (betaln(a + y, b + n - y) - betaln(a, b)))

    rate = np.sum(weight * y) / np.sum(weight * n)
    found = minimize(loss, [np.log(rate / (1.0 - rate)), np.log(100.0)], method="Nelder-Mead")
    mean, strength = expit(found.x[0]), np.exp(found.x[1])
    a, b = mean * strength + y, (1.0 - mean) * strength + n - y
    tail = 0.5 * (1.0 - level)
    expected = a / (a + b)
    columns = (
        expected,
        np.sqrt(expected * (1.0 - expected) / (a + b + 1.0)),
        betaincinv(a, b, tail),
        betaincinv(a, b, 1.0 - tail),
    )
    return [column[place] for column in columns]
