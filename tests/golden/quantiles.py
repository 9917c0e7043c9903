"""Writes beta_quantile.csv and gamma_quantile.csv, the reference tables of the quantile tests.

Needs mpmath. Run here: `python quantiles.py`. Distribution functions are summed as power series
with positive terms at 50 digits and inverted by Newton steps on ln F; every input is the exact
value of the f64 that the table shows. No code is shared with the crate.
"""

import mpmath as mp

DIGITS = 50
LEAST = mp.mpf("1e-300")  # smaller quantiles leave the normal range of f64
PROBABILITIES = [1e-10, 1e-6, 1e-3, 0.05, 0.3, 0.5, 0.9, 0.95, 0.99, 1 - 1e-6, 1 - 1e-10]


def beta_cdf(logit, a, b):
    """I_x(a, b) and its slope in logit(x), from the end of the interval that is nearer."""
    if logit > 0:
        upper, kernel = beta_cdf(-logit, b, a)
        return 1 - upper, kernel
    x = 1 / (1 + mp.exp(-logit))
    y = 1 / (1 + mp.exp(logit))
    kernel = mp.exp(a * mp.log(x) + b * mp.log(y) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))
    term = total = 1 / a
    k = mp.mpf(0)
    while term > total * mp.eps:
        term = term * ((a + b + k) * x) / (a + 1 + k)
        total += term
        k += 1
    return kernel * total, kernel


def gamma_cdf(log_t, a):
    """P(a, t) and its slope in ln t."""
    t = mp.exp(log_t)
    kernel = mp.exp(a * log_t - t - mp.loggamma(a))
    term = total = 1 / a
    k = mp.mpf(1)
    while term > total * mp.eps:
        term = term * t / (a + k)
        total += term
        k += 1
    return kernel * total, kernel


def invert(cdf, p, guess):
    """Root of cdf(u) = p: Newton steps on ln F while F < 1/2, on ln (1 - F) above.

    Both are concave, so that only steps to the right on the latter can go too far.
    """
    u = guess
    for digits in (25, DIGITS):
        mp.mp.dps = digits
        for _ in range(2000):
            lower, kernel = cdf(u)
            if lower >= 1:
                u -= mp.mpf("0.1")
                continue
            if lower < 0.5:
                step = (mp.log(p) - mp.log(lower)) * lower / kernel
            else:
                step = (mp.log(1 - lower) - mp.log(1 - p)) * (1 - lower) / kernel
                step = min(step, 4 * (1 - lower) / kernel)
            u += step
            if abs(step) < mp.mpf(10) ** (-digits * 0.4):
                break
        else:
            raise RuntimeError(f"no convergence for p = {p}")
    return u


def log_start(p, a):
    """First guess of ln t for the gamma quantile."""
    p = mp.mpf(p)
    power = (mp.log(p) + mp.loggamma(a + 1)) / a
    if a < 1:
        return min(power, mp.log(1 - mp.log(1 - p)))
    z = mp.sqrt(2) * mp.erfinv(2 * p - 1)
    cube = 1 - 1 / (9 * a) + z / (3 * mp.sqrt(a))
    return mp.log(a) + 3 * mp.log(cube) if cube > 0.3 else power


def gamma_rows():
    shapes = [0.01, 0.05, 0.1, 0.3, 0.5, 0.9, 1.0, 1.5, 2.5, 5.0, 9.99, 10.5, 20.0, 29.9, 31.0, 50.0, 100.0, 333.3]
    shapes += [1e3, 1e4, 1e5, 1e6, 1e7, 1e8]
    rates = [1.0, 3e7, 1e-7, 42.5]
    for i, shape in enumerate(shapes):
        for j, p in enumerate(PROBABILITIES):
            rate = rates[(i + j) % len(rates)]
            mp.mp.dps = DIGITS
            u = invert(lambda u: gamma_cdf(u, mp.mpf(shape)), mp.mpf(p), log_start(p, mp.mpf(shape)))
            x = mp.exp(u) / mp.mpf(rate)
            if x > LEAST:
                yield f"{p!r},{shape!r},{rate!r},{mp.nstr(x, 20)}"


def beta_pairs():
    for n in [1.0, 3.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8]:
        for rate in [1e-7, 1e-5, 1e-3, 0.02, 0.1, 0.5]:
            for prior_a, prior_b in ((0.5, 20.0),) if n > 1e6 else ((0.01, 0.5), (2.0, 100.0)):
                yield prior_a + rate * n, prior_b + (1 - rate) * n
    yield from [(0.01, 0.01), (0.01, 1e8), (0.01, 50.0), (0.3, 0.3), (0.5, 1e8), (1.0, 1.0), (1.0, 1e8), (30.0, 30.0)]
    yield from [(29.0, 3e7), (31.0, 3e7), (45.0, 60.0), (300.0, 9.0), (1e8, 0.01), (1e8, 3.0), (1e6, 1e3), (1e8, 1e8)]
    yield from [(31.0, 0.2), (0.2, 31.0), (1e4, 1e4), (2e5, 1e8)]


def logit_start(p, a, b):
    """First guess of the logit of the beta quantile for a <= b."""
    if a < 30:
        return min(log_start(p, a) - mp.log(b + a / 2), mp.mpf(3))
    return mp.log(a / b) + mp.sqrt(2 / a + 2 / b) * mp.erfinv(2 * p - 1)


def beta_rows():
    for a, b in beta_pairs():
        for p in PROBABILITIES:
            mp.mp.dps = DIGITS
            small, large = mp.mpf(min(a, b)), mp.mpf(max(a, b))
            # the upper tail of Beta(a, b) is the lower tail of Beta(b, a)
            q = mp.mpf(p) if a <= b else 1 - mp.mpf(p)
            start = logit_start(q, small, large)
            logit = invert(lambda u: beta_cdf(u, small, large), q, start)
            x = 1 / (1 + mp.exp(-logit if a <= b else logit))
            if x > LEAST:
                yield f"{p!r},{a!r},{b!r},{mp.nstr(x, 20)}"


def write(path, columns, rows):
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write(f"# quantiles.py, mpmath {mp.__version__}, {DIGITS} digits, rounded to 20\n{columns}\n")
        for row in rows:
            file.write(row + "\n")
            file.flush()


if __name__ == "__main__":
    write("gamma_quantile.csv", "p,shape,rate,quantile", gamma_rows())
    write("beta_quantile.csv", "p,a,b,quantile", beta_rows())
