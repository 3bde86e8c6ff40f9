//! Exponential, hyperbolic tangent and GELU on vectors.

use super::lanes::{Lanes, WIDTH, at_mut};

/// `e^x`. Below -87 it is the smallest normal float, not zero; above 88 the largest power.
#[inline(always)]
pub fn exp<L: Lanes>(x: L) -> L {
    // x = n ln 2 + r with |r| ≤ ln 2 / 2, ln 2 in two parts so that r keeps its digits (Cody and Waite).
    let x = x.max(L::splat(-87.0)).min(L::splat(88.0));
    let n = x.mul(L::splat(std::f32::consts::LOG2_E)).round();
    let r = n.mul_add(L::splat(-0.693_359_4), x);
    let r = n.mul_add(L::splat(2.121_944_4e-4), r);
    // e^r - 1 - r - r²/2 over r³: Cephes' coefficients.
    let mut p = L::splat(1.987_569_2e-4);
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, L::splat(c));
    }
    p.mul_add(r.mul(r), r).add(L::splat(1.0)).mul(n.exp2_whole())
}

/// `tanh x`, right to two in the seventh decimal.
#[inline(always)]
pub fn tanh<L: Lanes>(x: L) -> L {
    let square = exp(x.add(x)); // (e^x)²
    square.sub(L::splat(1.0)).div(square.add(L::splat(1.0)))
}

/// `x · ½ · (1 + erf(x / √2))`, as `max(x, 0) - |x| · ½ · erfc(|x| / √2)`: so written nothing cancels where x is negative.
#[inline(always)]
pub fn gelu<L: Lanes>(x: L) -> L {
    let zero = L::splat(0.0);
    let size = x.max(zero.sub(x));
    x.max(zero).sub(size.mul(L::splat(0.5)).mul(tail(size)))
}

/// The derivative of [`gelu`]: `½ · (1 + erf(x / √2)) + x · e^(-x² / 2) / √(2 π)`.
#[inline(always)]
pub fn gelu_slope<L: Lanes>(x: L) -> L {
    const DENSITY: f32 = 0.398_942_3; // 1 / √(2 π)
    let (one, half) = (L::splat(1.0), L::splat(0.5));
    let size = x.max(L::splat(0.0).sub(x));
    // The sign of x, and 0 at 0.
    let sign = x.mul(L::splat(1e30)).max(L::splat(-1.0)).min(one);
    let below = sign.mul(half).mul_add(one.sub(tail(size)), half);
    x.mul(L::splat(DENSITY)).mul_add(exp(x.mul(x).mul(L::splat(-0.5))), below)
}

/// `erfc(size / √2)` for sizes from zero on.
#[inline(always)]
fn tail<L: Lanes>(size: L) -> L {
    // erfc(z) = t · exp(-z² + p(t)) with t = 1 / (1 + z / 2), to 1.2e-7 of its value (Numerical Recipes, "erfcc").
    let z = size.mul(L::splat(std::f32::consts::FRAC_1_SQRT_2));
    let t = L::splat(1.0).div(z.mul_add(L::splat(0.5), L::splat(1.0)));
    let mut p = L::splat(0.170_872_77);
    for c in [
        -0.822_152_23,
        1.488_515_9,
        -1.135_204,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_7,
        -1.265_512_2,
    ] {
        p = p.mul_add(t, L::splat(c));
    }
    t.mul(exp(p.sub(z.mul(z))))
}

/// A function of one vector, as a type: a function passed as a value would be called without vector instructions.
pub trait Curve {
    /// Its value at `x`.
    fn at<L: Lanes>(x: L) -> L;
}

/// [`gelu`].
#[derive(Clone, Copy)]
pub struct Gelu;

impl Curve for Gelu {
    #[inline(always)]
    fn at<L: Lanes>(x: L) -> L {
        gelu(x)
    }
}

/// [`tanh`].
#[derive(Clone, Copy)]
pub struct Tanh;

impl Curve for Tanh {
    #[inline(always)]
    fn at<L: Lanes>(x: L) -> L {
        tanh(x)
    }
}

/// Applies `C` to each value.
#[inline(always)]
pub fn bend<L: Lanes, C: Curve>(values: &mut [f32]) {
    let whole = values.len() - values.len() % WIDTH;
    let mut index = 0;
    while index < whole {
        let vector = at_mut(values, index);
        C::at(L::load(vector)).store(vector);
        index += WIDTH;
    }
    let rest = &mut values[whole..];
    if !rest.is_empty() {
        let mut padded = [0.0; WIDTH];
        padded[..rest.len()].copy_from_slice(rest);
        C::at(L::load(&padded)).store(&mut padded);
        rest.copy_from_slice(&padded[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::{Kernel, Plain, run};
    use super::*;

    #[derive(Clone, Copy)]
    struct Exp;

    impl Curve for Exp {
        #[inline(always)]
        fn at<L: Lanes>(x: L) -> L {
            exp(x)
        }
    }

    struct Bend<'a, C>(&'a mut [f32], C);

    impl<C: Curve> Kernel for Bend<'_, C> {
        type Output = ();

        #[inline(always)]
        fn run<L: Lanes>(self) {
            bend::<L, C>(self.0);
        }
    }

    /// Largest error of a function over -range..range, in units of `scale(true value)`.
    fn worst<C: Curve + Copy>(curve: C, range: f64, truth: fn(f64) -> f64, scale: fn(f64) -> f64) -> f64 {
        let inputs: Vec<f32> = (-20_000..=20_000).map(|i| (f64::from(i) / 20_000.0 * range) as f32).collect();
        let mut worst: f64 = 0.0;
        for plain in [false, true] {
            let mut values = inputs.clone();
            let kernel = Bend(&mut values, curve);
            if plain {
                kernel.run::<Plain>()
            } else {
                run(kernel)
            }
            for (&x, &y) in inputs.iter().zip(&values) {
                let wanted = truth(f64::from(x));
                worst = worst.max((f64::from(y) - wanted).abs() / scale(wanted));
            }
        }
        worst
    }

    /// The error function by its series, for |x| up to 4.
    fn erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn the_exponential_is_right_to_three_units_in_the_last_place() {
        let error = worst(Exp, 86.0, f64::exp, |y| y);
        assert!(error < 3.0 * f64::from(f32::EPSILON) / 2.0, "{error:e}");
    }

    #[test]
    fn the_hyperbolic_tangent_is_right_to_four_units_in_the_last_place_of_one() {
        let error = worst(Tanh, 12.0, f64::tanh, |_| 1.0);
        assert!(error < 4.0 * f64::from(f32::EPSILON) / 2.0, "{error:e}");
    }

    #[test]
    fn gelu_is_right_to_four_units_in_the_last_place_of_one() {
        let truth = |x: f64| x * 0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2));
        let error = worst(Gelu, 5.6, truth, |y| y.abs().max(1.0));
        assert!(error < 4.0 * f64::from(f32::EPSILON) / 2.0, "{error:e}");
    }
}
