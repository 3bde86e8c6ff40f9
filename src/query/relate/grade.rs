//! The three curves every word is graded by.
//!
//! A vague word holds to a degree in [0, 1]. Each curve has one parameter with a meaning a person can check: the value at which
//! the word holds by half. All are continuous, so nothing flips at a hidden threshold.

use std::f64::consts::FRAC_PI_2;

/// Falls from 1 at 0 through one half at `half` towards 0: `1 / (1 + (x / half)^steepness)`.
///
/// Values below 0 count as 0. With `half` 0 only 0 itself holds.
pub fn falls(x: f64, half: f64, steepness: i32) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if half <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 + (x / half).powi(steepness))
}

/// Rises from 0 at 0 through one half at `half` towards 1: the complement of [`falls`].
pub fn rises(x: f64, half: f64, steepness: i32) -> f64 {
    1.0 - falls(x, half, steepness)
}

/// Goes from 0 far below `middle` through one half there to 1 far above; 0.12 and 0.88 at two `softness` to either side.
pub fn exceeds(x: f64, middle: f64, softness: f64) -> f64 {
    if softness <= 0.0 {
        return if x > middle {
            1.0
        } else if x < middle {
            0.0
        } else {
            0.5
        };
    }
    1.0 / (1.0 + (-(x - middle) / softness).exp())
}

/// How far a direction is one of four or eight: `cos²` of the angle off the axis, stretched to be one half at `half_angle`.
///
/// With a half angle of 45° the four directions add up to 1. Beyond twice the half angle it is 0.
pub fn points_along(off_axis: f64, half_angle: f64) -> f64 {
    let stretched = off_axis.abs() * (FRAC_PI_2 / 2.0) / half_angle;
    if stretched >= FRAC_PI_2 { 0.0 } else { stretched.cos().powi(2) }
}

/// Both hold together in one word: `ab / (a + b - ab)`, the Hamacher product.
///
/// Gentler than `ab` and, unlike the smaller of both, moved by either: "upper left" by how far up and how far left.
pub fn both(a: f64, b: f64) -> f64 {
    let either = a + b - a * b;
    if either <= 0.0 { 0.0 } else { a * b / either }
}

/// A degree pushed away from one half: `p⁴ / (p⁴ + (1 - p)⁴)`.
///
/// A hundred things that are a twentieth "near" do not make five things near; an order counts things by this belief.
pub fn belief(degree: f64) -> f64 {
    let (holds, fails) = (degree.powi(4), (1.0 - degree).powi(4));
    holds / (holds + fails)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    #[test]
    fn every_curve_is_one_half_at_its_parameter() {
        assert_eq!(falls(3.0, 3.0, 4), 0.5);
        assert_eq!(rises(3.0, 3.0, 2), 0.5);
        assert_eq!(exceeds(3.0, 3.0, 0.1), 0.5);
        assert!((points_along(PI / 6.0, PI / 6.0) - 0.5).abs() < 1e-12);
        assert_eq!(belief(0.5), 0.5);
    }

    #[test]
    fn degenerate_parameters_give_no_nan() {
        for value in [
            falls(0.0, 0.0, 2),
            falls(1.0, 0.0, 2),
            rises(0.0, 0.0, 4),
            exceeds(1.0, 1.0, 0.0),
            both(0.0, 0.0),
            belief(0.0),
        ] {
            assert!((0.0..=1.0).contains(&value));
        }
    }

    #[test]
    fn the_four_directions_add_up_to_one() {
        for step in 0..36 {
            let angle = f64::from(step) * PI / 18.0;
            let sum: f64 = (0..4)
                .map(|axis| {
                    let off = (angle - f64::from(axis) * FRAC_PI_2 + PI).rem_euclid(2.0 * PI) - PI;
                    points_along(off, PI / 4.0)
                })
                .sum();
            assert!((sum - 1.0).abs() < 1e-9, "{angle}: {sum}");
        }
    }

    #[test]
    fn many_hardly_near_things_hardly_count() {
        assert!(belief(0.05) * 1000.0 < 0.01);
        assert!(belief(0.8) > 0.99);
    }
}
