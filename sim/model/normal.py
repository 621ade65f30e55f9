"""Quantiles of the standard normal law.

Wichura's algorithm AS 241 (Applied Statistics 37, 1988, 477-484), right to about 16 digits. It is written out here
because it does without an import of scipy, which is slow, and because five in six values come from the four
operations alone, which every machine rounds alike.
"""

from __future__ import annotations

import numpy as np

from sim.model.streams import Reals

_Polynomials = tuple[tuple[float, ...], tuple[float, ...]]  # numerator and denominator, highest power first

# fmt: off
_CENTRE: _Polynomials = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)
_TAIL: _Polynomials = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)
_FAR_TAIL: _Polynomials = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)


def standard_normal(u: Reals) -> Reals:
    """Quantiles of the standard normal law at the chances ``u`` (strictly between 0 and 1)."""
    from_median = u - 0.5
    scores = _ratio(_CENTRE, 0.180625 - from_median * from_median)
    scores *= from_median
    tail = np.nonzero(np.abs(from_median) > 0.425)
    depth = np.sqrt(-np.log(np.minimum(u[tail], 1 - u[tail])))
    size = _ratio(_TAIL, depth - 1.6)
    far = np.nonzero(depth > 5)  # a chance of one in 36 thousand million
    size[far] = _ratio(_FAR_TAIL, depth[far] - 5)
    scores[tail] = np.copysign(size, from_median[tail])
    return scores


def _ratio(polynomials: _Polynomials, x: Reals) -> Reals:
    numerator, denominator = (np.full_like(x, coefficients[0]) for coefficients in polynomials)
    for a, b in zip(*(coefficients[1:] for coefficients in polynomials), strict=True):
        numerator *= x
        numerator += a
        denominator *= x
        denominator += b
    numerator /= denominator
    return numerator
