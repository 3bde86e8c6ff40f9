//! Exponential, hyperbolic tangent and GELU on vectors, to a few units in the last place.

use super::lanes::{Lanes, WIDTH};

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

/// `tanh x`.
#[inline(always)]
pub fn tanh<L: Lanes>(x: L) -> L {
    // A rational function on [-8, 8], where single precision has reached 1 (Eigen's coefficients).
    let x = x.max(L::splat(-7.905_311)).min(L::splat(7.905_311));
    let square = x.mul(x);
    let mut p = L::splat(-2.760_768_5e-16);
    for c in [2.000_188e-13, -8.604_672e-11, 5.122_297_1e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_525e-3] {
        p = p.mul_add(square, L::splat(c));
    }
    let mut q = L::splat(1.198_258_4e-6);
    for c in [1.185_347e-4, 2.268_434_6e-3, 4.893_525_2e-3] {
        q = q.mul_add(square, L::splat(c));
    }
    x.mul(p).div(q)
}

/// `x · ½ · (1 + erf(x / √2))`.
#[inline(always)]
pub fn gelu<L: Lanes>(x: L) -> L {
    let half = x.mul(L::splat(0.5));
    half.mul_add(erf(x.mul(L::splat(std::f32::consts::FRAC_1_SQRT_2))), half)
}

/// The error function.
#[inline(always)]
fn erf<L: Lanes>(x: L) -> L {
    // A rational function on [-4, 4], where single precision has reached 1 (Eigen's coefficients).
    let x = x.max(L::splat(-4.0)).min(L::splat(4.0));
    let square = x.mul(x);
    let mut p = L::splat(-2.726_142_3e-10);
    for c in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_599_8e-3, -1.609_603_3e-2] {
        p = p.mul_add(square, L::splat(c));
    }
    let mut q = L::splat(-1.456_607_2e-5);
    for c in [-2.133_740_6e-4, -1.682_827_e-3, -7.373_329_e-3, -1.426_473_9e-2] {
        q = q.mul_add(square, L::splat(c));
    }
    x.mul(p).div(q)
}

/// Applies `f` to each value.
#[inline(always)]
pub fn map_slice<L: Lanes>(values: &mut [f32], f: impl Fn(L) -> L) {
    let (vectors, rest) = values.as_chunks_mut::<WIDTH>();
    for vector in vectors {
        f(L::load(vector)).store(vector);
    }
    if !rest.is_empty() {
        let mut padded = [0.0; WIDTH];
        padded[..rest.len()].copy_from_slice(rest);
        f(L::load(&padded)).store(&mut padded);
        rest.copy_from_slice(&padded[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ops::lanes::{Kernel, Plain, run};

    struct Every<'a>(&'a mut [f32], fn(usize) -> usize, usize);

    impl Kernel for Every<'_> {
        type Output = ();

        #[inline(always)]
        fn run<L: Lanes>(self) {
            match self.2 {
                0 => map_slice::<L>(self.0, exp),
                1 => map_slice::<L>(self.0, tanh),
                2 => map_slice::<L>(self.0, gelu),
                _ => map_slice::<L>(self.0, erf),
            }
        }
    }

    /// Largest error of function `which` over `range`, in units of `scale(true value)`.
    fn worst(which: usize, range: f64, truth: fn(f64) -> f64, scale: fn(f64) -> f64) -> f64 {
        let inputs: Vec<f32> = (-20_000..=20_000).map(|i| (f64::from(i) / 20_000.0 * range) as f32).collect();
        let mut worst: f64 = 0.0;
        for plain in [false, true] {
            let mut values = inputs.clone();
            let kernel = Every(&mut values, |n| n, which);
            if plain {
                kernel.run::<Plain>()
            } else {
                run(kernel)
            }
            for (&x, &y) in inputs.iter().zip(&values) {
                let true_value = truth(f64::from(x));
                worst = worst.max((f64::from(y) - true_value).abs() / scale(true_value));
            }
        }
        worst
    }

    #[test]
    fn the_exponential_is_right_to_three_units_in_the_last_place() {
        let error = worst(0, 86.0, f64::exp, |y| y);
        assert!(error < 3.0 * f64::from(f32::EPSILON) / 2.0, "{error:e}");
    }

    #[test]
    fn the_hyperbolic_tangent_is_right_to_four_units_in_the_last_place_of_one() {
        let error = worst(1, 12.0, f64::tanh, |_| 1.0);
        assert!(error < 4.0 * f64::from(f32::EPSILON) / 2.0, "{error:e}");
    }
}
