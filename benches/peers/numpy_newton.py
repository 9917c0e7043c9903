"""The method of `termwise allocate` in NumPy, as fast as one core allows with whole-array operations.

Safeguarded Newton on the log of the money's price: items sorted by family, constants prepared once,
every pass in place, Hill curves by an inner Newton in the log of the spend that starts where the
price before left it. In: a problem of concave curves. Out: spends that meet the budget to rounding.
"""

import numpy as np

#: Share of the budget within which the search stops; the rest is spread along the slopes.
CLOSE = 1e-6
#: Size of a step in the log of the spend, from where the next one is rounding.
INNER = 1e-5
#: How far outside of its bounds, in the log of the spend, an item at a bound is kept.
BEYOND = 1e-9


class Hill:
    """With `s = h ln(x/k)`: `ln f' = c + (1 - 1/h) s - 2 ln(1 + e^s)`, concave in `s`."""

    def __init__(self, a, k, h, lower, upper):
        self.c = np.log(a * h / k)
        self.k, self.h, self.rise, self.inverse = k, h, 1.0 - 1.0 / h, 1.0 / h
        # the spend is cut at its bounds, so the iterate need only just leave them
        self.least = h * np.log(lower / k) - BEYOND
        self.most = h * np.log(upper / k) + BEYOND
        self.s = None
        self.e, self.t, self.g = np.empty_like(k), np.empty_like(k), np.empty_like(k)

    def spend(self, ln_price, x, speed):
        e, t, g = self.e, self.t, self.g
        if self.s is None:
            self.s = 0.5 * (self.least + self.most)
        s = self.s
        for _ in range(20):
            np.exp(s, out=e)
            np.add(e, 1.0, out=t)
            np.divide(e, t, out=e)  # sigma
            np.log(t, out=t)
            np.multiply(self.rise, s, out=g)
            g += self.c
            g -= ln_price
            t *= 2.0
            g -= t  # value
            np.multiply(e, -2.0, out=t)
            t += self.rise  # slope
            g /= t  # Newton's step
            # Halley's: divided by 1 + step / slope * sigma (1 - sigma)
            np.subtract(1.0, e, out=speed)
            speed *= e
            speed *= g
            speed /= t
            speed += 1.0
            np.maximum(speed, 0.5, out=speed)
            g /= speed
            np.subtract(s, g, out=t)
            np.clip(t, self.least, self.most, out=t)
            s -= t
            change = max(s.max(), -s.min())
            s[:] = t
            if change < INNER:
                break
        # x = k e^(s/h), d x / d ln price = x / (h (2 sigma - rise))
        np.multiply(s, self.inverse, out=x)
        np.exp(x, out=x)
        x *= self.k
        e *= 2.0
        e -= self.rise
        e *= self.h
        np.divide(x, e, out=speed)

    def ln_slope(self, x):
        s = self.h * np.log(x / self.k)
        return self.c + self.rise * s - 2.0 * np.log1p(np.exp(s))


class Exp:
    def __init__(self, a, k, _h, _lower, _upper):
        self.c, self.k = np.log(a / k), k

    def spend(self, ln_price, x, speed):
        np.subtract(self.c, ln_price, out=x)
        x *= self.k
        speed[:] = self.k

    def ln_slope(self, x):
        return self.c - x / self.k


class Power:
    def __init__(self, a, k, h, _lower, _upper):
        self.shape = 1.0 / (1.0 - h)
        self.c, self.k = np.log(a * h / k), k

    def spend(self, ln_price, x, speed):
        np.subtract(self.c, ln_price, out=x)
        x *= self.shape
        np.exp(x, out=x)
        x *= self.k
        np.multiply(x, self.shape, out=speed)

    def ln_slope(self, x):
        return self.c - np.log(x / self.k) / self.shape


class Log:
    def __init__(self, a, k, _h, _lower, _upper):
        self.a, self.k = a, k

    def spend(self, ln_price, x, speed):
        np.multiply(self.a, np.exp(-ln_price), out=speed)
        np.subtract(speed, self.k, out=x)

    def ln_slope(self, x):
        return np.log(self.a / (self.k + x))


FAMILIES = {"hill": Hill, "exp": Exp, "power": Power, "log": Log}


def allocate(family_slices, a, k, h, lower, upper, budget, max_steps=100):
    """Best spends, and the number of prices tried; the items stand sorted by family.

    `family_slices` maps a family's name to the slice of its items.
    """
    families = [(FAMILIES[name](*(v[at] for v in (a, k, h, lower, upper))), at) for name, at in family_slices.items()]
    x, speed = np.empty_like(a), np.empty_like(a)
    free = np.empty(a.shape, bool)
    high = np.empty(a.shape, bool)

    # the start: mean log slope, with each item the same share of its range spent
    total = lower.sum()
    share = (budget - total) / (upper.sum() - total)
    np.subtract(upper, lower, out=x)
    x *= share
    x += lower
    ln_price = sum(family.ln_slope(x[at]).sum() for family, at in families) / len(a)

    floor, ceiling = -np.inf, np.inf
    for step in range(1, max_steps + 1):
        for family, at in families:
            family.spend(ln_price, x[at], speed[at])
        np.greater(x, lower, out=free)
        np.less(x, upper, out=high)
        free &= high
        np.maximum(x, lower, out=x)
        np.minimum(x, upper, out=x)
        total = x.sum()
        fall = np.dot(speed, free)
        if abs(total - budget) <= CLOSE * budget:
            break
        if total > budget:
            floor = ln_price
        else:
            ceiling = ln_price
        move = total / fall * np.log(total / budget) if fall > 0 else np.nan
        ln_price += move
        if not floor < ln_price < ceiling:
            ln_price = 0.5 * (floor + ceiling)
    # what is left moves along the slopes, inside the bounds
    for _ in range(3):
        left = budget - x.sum()
        if left == 0.0 or fall == 0.0:
            break
        speed *= free
        x += speed * (left / fall)
        np.maximum(x, lower, out=x)
        np.minimum(x, upper, out=x)
    return x, step
