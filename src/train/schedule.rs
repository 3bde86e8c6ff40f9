//! How the learning rate goes up and down.

use serde::{Deserialize, Serialize};

/// A linear warm-up, and a polynomial way down to zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps until the full rate is reached, in a run that is ten times as long or longer; 0 for none.
    pub warm_up: u64,
    /// Exponent of what is left of the run.
    pub power: f64,
}

impl Schedule {
    /// FIANet's (FIANET.md section 11): no warm-up, `(1 - t)^0.9`.
    pub const FIANET: Self = Self { warm_up: 0, power: 0.9 };
    /// `lite`'s (LITE.md, "Training").
    pub const LITE: Self = Self { warm_up: 100, power: 0.9 };

    /// Share of a run after which a warm-up is over, however few steps were made.
    const LONGEST_WARM_UP: f64 = 0.1;

    /// What the rates are multiplied with at `step`, counted from 0, when `progress` (0..1) of the run is done.
    pub fn factor(&self, step: u64, progress: f64) -> f64 {
        let up = if step >= self.warm_up { 1.0 } else { (step + 1) as f64 / self.warm_up as f64 };
        let up = up.max((progress / Self::LONGEST_WARM_UP).min(1.0));
        up * (1.0 - progress.clamp(0.0, 1.0)).powf(self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_nothing() {
        let schedule = Schedule { warm_up: 4, power: 0.9 };
        assert_eq!(schedule.factor(0, 0.0), 0.25);
        assert_eq!(schedule.factor(3, 0.0), 1.0);
        assert!((schedule.factor(10, 0.5) - 0.5f64.powf(0.9)).abs() < 1e-15);
        assert_eq!(schedule.factor(10, 1.0), 0.0);
        assert_eq!(schedule.factor(10, 1.5), 0.0);
    }

    #[test]
    fn a_short_run_warms_up_in_a_tenth_of_its_time() {
        let schedule = Schedule { warm_up: 100, power: 0.0 };
        assert_eq!(schedule.factor(4, 0.05), 0.5);
        assert_eq!(schedule.factor(9, 0.1), 1.0);
        assert_eq!(schedule.factor(49, 0.01), 0.5, "a long run counts its steps");
    }

    /// `lr_used` of `reference/train/train.json`: 5e-5 over 20 iterations.
    #[test]
    fn the_rates_are_those_of_the_official_program() {
        let wanted = [5e-05, 4.774426908107499e-05, 4.547662880414811e-05, 4.319634861514096e-05];
        for (step, wanted) in wanted.into_iter().enumerate() {
            let found = 5e-5 * Schedule::FIANET.factor(step as u64, step as f64 / 20.0);
            assert!((found - wanted).abs() < 1e-15 * 5.0, "{found} at step {step}");
        }
    }
}
