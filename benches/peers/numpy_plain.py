"""The method of `termwise allocate` in NumPy as one would first write it: clear expressions, no buffers.

The same search as in numpy_newton.py, each family's spend by a formula and Hill curves by Newton's
method, from where the price before left it to full precision. What in-place buffers, Halley's steps and an
early end are worth is the difference between the two.
"""

import numpy as np

CLOSE = 1e-9


def spends(slices, a, k, h, ln_price, warm):
    x, speed = np.empty_like(a), np.empty_like(a)
    for name, at in slices.items():
        a_, k_, h_ = a[at], k[at], h[at]
        if name == "hill":
            excess = np.log(a_ * h_ / k_) - ln_price
            # from the right of the root, on the asymptotes, Newton never steps past it
            right, left = excess / (1 + 1 / h_), excess / (1 / h_ - 1)
            start = np.where(excess < 2 * np.log(2), np.minimum(np.minimum(right, left), 0), right)
            s = start if warm is None else warm
            for _ in range(50):
                sigma = 1 / (1 + np.exp(-s))
                step = (excess + (1 - 1 / h_) * s - 2 * np.logaddexp(0, s)) / (1 - 1 / h_ - 2 * sigma)
                s = s - step
                if np.all(np.abs(step) <= 1e-12 * (1 + np.abs(s))):
                    break
            warm = s
            x[at] = k_ * np.exp(s / h_)
            speed[at] = x[at] / (1 - h_ + 2 * h_ / (1 + np.exp(-s)))
        elif name == "exp":
            x[at] = k_ * (np.log(a_ / k_) - ln_price)
            speed[at] = k_
        elif name == "power":
            x[at] = k_ * (a_ * h_ / k_ / np.exp(ln_price)) ** (1 / (1 - h_))
            speed[at] = x[at] / (1 - h_)
        else:
            speed[at] = a_ / np.exp(ln_price)
            x[at] = speed[at] - k_
    return x, speed, warm


def allocate(slices, a, k, h, lower, upper, budget, max_steps=100):
    """Best spends, and the number of prices tried; the items stand sorted by family."""
    ln_price = np.mean(np.log(a / k)) - 1.0
    floor, ceiling, warm = -np.inf, np.inf, None
    for step in range(1, max_steps + 1):
        x, speed, warm = spends(slices, a, k, h, ln_price, warm)
        free = (x > lower) & (x < upper)
        x = np.clip(x, lower, upper)
        total, fall = x.sum(), speed[free].sum()
        if abs(total - budget) <= CLOSE * budget:
            break
        if total > budget:
            floor = ln_price
        else:
            ceiling = ln_price
        ln_price += total / fall * np.log(total / budget) if fall > 0 else np.nan
        if not floor < ln_price < ceiling:
            ln_price = 0.5 * (floor + ceiling)
    x[free] += (budget - total) * speed[free] / fall
    return np.clip(x, lower, upper), step
