//! Calibration: that what the network calls 80 % is right four times in five.
//!
//! Pixels by temperature scaling, presence by Platt scaling (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural
//! networks", 2017, sections 4.1 and 4.2). Neither changes which pixels are above one half.

use serde::Serialize;

use super::evaluate::Tried;
use super::written::ELSEWHERE;
use crate::model::weights::{Calibration, Line};

/// Of the pixels of a picture every so many-th is kept: neighbours say the same.
const PIXEL_STEP: usize = 61;
/// Bins of a reliability table.
const BINS: usize = 10;
/// Newton steps of a fit; it converges in a handful.
const STEPS: usize = 50;
/// Share of what is there that may be said not to be.
const DENIED: f64 = 0.03;
/// How much a line is held to one that changes nothing, as a share of a statement.
const RIDGE: f64 = 1e-2;
/// Fewer phrases than this say nothing about presence.
const LEAST_PHRASES: usize = 40;

/// A number the network gave, as log odds, and whether it was so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Log odds.
    pub logit: f64,
    /// Whether it was so.
    pub is_so: bool,
}

/// What the network or the whole program said of pixels and of presence, and what was so.
#[derive(Debug, Clone, Default)]
pub struct Observations {
    /// Single pixels of pictures that show what is asked for.
    pub pixels: Vec<Observation>,
    /// Phrases.
    pub presence: Vec<Observation>,
}

impl Observations {
    /// Keeps what is to be learned from one phrase.
    pub fn add(&mut self, tried: &Tried<'_>) {
        // Presence says whether there is any; "the ship on the left" of a picture with a ship on the right asks more.
        if let Some(logit) = tried.presence.filter(|_| tried.expression.kind.as_deref() != Some(ELSEWHERE)) {
            self.presence.push(Observation { logit, is_so: tried.truth.is_some() });
        }
        let (Some(marked), Some(truth)) = (tried.marked, tried.truth) else { return };
        let width = truth.size().width() as usize;
        // Another first pixel each time, so that no column is preferred.
        let first = self.presence.len() % PIXEL_STEP;
        let kept = marked.margin.iter().enumerate().skip(first).step_by(PIXEL_STEP);
        self.pixels.extend(kept.map(|(index, margin)| Observation {
            logit: f64::from(*margin),
            is_so: truth.contains((index % width) as u32, (index / width) as u32),
        }));
    }

    /// The calibration that makes these observations likeliest; `None` of what there is too little.
    pub fn fit(&self) -> Calibration {
        let mask = if self.pixels.len() < LEAST_PHRASES * BINS { None } else { temperature(&self.pixels) };
        let both = |so| self.presence.iter().filter(|seen| seen.is_so == so).count() >= LEAST_PHRASES / 4;
        let enough = self.presence.len() >= LEAST_PHRASES && both(true) && both(false);
        let presence = if enough { line(&self.presence) } else { None };
        let absent_below = presence.map(|line| {
            absent_below(self.presence.iter().map(|seen| (sigmoid(line.of(seen.logit)), seen.is_so)).collect())
        });
        Calibration { mask, presence, absent_below }
    }

    /// How reliable pixels and presence are once corrected by `calibration`; `None` of what nothing was said.
    pub fn reliability(&self, calibration: &Calibration) -> [Option<Reliability>; 2] {
        let mask = calibration.mask.unwrap_or(1.0);
        let presence = calibration.presence.unwrap_or(Line::IDENTITY);
        [
            Reliability::of(self.pixels.iter().map(|seen| (sigmoid(seen.logit / mask), seen.is_so))),
            Reliability::of(self.presence.iter().map(|seen| (sigmoid(presence.of(seen.logit)), seen.is_so))),
        ]
    }
}

/// A reliability table: what was said, and how often it was so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// Tenths of probability, from 0 on.
    pub bins: Vec<Bin>,
    /// Mean distance between said and so, weighted by how often it is said: the expected calibration error.
    pub error: f64,
}

/// A tenth of probability.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Statements in it.
    pub count: usize,
    /// Mean probability said.
    pub said: f64,
    /// Share that was so.
    pub so: f64,
}

impl Reliability {
    /// The table of pairs of a probability and what was so; `None` of no pair.
    pub fn of(statements: impl Iterator<Item = (f64, bool)>) -> Option<Self> {
        let mut bins = vec![Bin::default(); BINS];
        for (probability, is_so) in statements {
            let bin = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
            bin.count += 1;
            bin.said += probability;
            bin.so += f64::from(u8::from(is_so));
        }
        let total: usize = bins.iter().map(|bin| bin.count).sum();
        for bin in bins.iter_mut().filter(|bin| bin.count > 0) {
            bin.said /= bin.count as f64;
            bin.so /= bin.count as f64;
        }
        let distance = |bin: &Bin| bin.count as f64 * (bin.said - bin.so).abs();
        (total > 0).then(|| Self { error: bins.iter().map(distance).sum::<f64>() / total as f64, bins })
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The log odds of a probability that was a 32-bit float, and may have been rounded to 0 or 1.
pub(super) fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(f64::from(f32::MIN_POSITIVE), 1.0 - f64::from(f32::EPSILON) / 2.0);
    (probability / (1.0 - probability)).ln()
}

/// The divisor of the log odds that makes the observations likeliest, by Newton's method on its inverse.
fn temperature(observations: &[Observation]) -> Option<f64> {
    let mut slope = 1.0;
    for _ in 0..STEPS {
        let (mut gradient, mut curvature) = (0.0, 0.0);
        for Observation { logit, is_so } in observations {
            let p = sigmoid(slope * logit);
            gradient += (p - f64::from(u8::from(*is_so))) * logit;
            curvature += p * (1.0 - p) * logit * logit;
        }
        let step = gradient / curvature.max(f64::MIN_POSITIVE);
        // The likelihood is concave, but far from its peak a full step may leave what is positive.
        slope = (slope - step).clamp(slope / 2.0, slope * 2.0);
    }
    (slope.is_finite() && (0.01..=100.0).contains(&slope)).then(|| 1.0 / slope)
}

/// The line through the log odds that makes the observations likeliest, by Newton's method with a little ridge, so that
/// observations which a line separates wholly do not make it infinitely steep.
fn line(observations: &[Observation]) -> Option<Line> {
    let unlikely = |line: Line| {
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        let of = |seen: &Observation| softplus(if seen.is_so { -line.of(seen.logit) } else { line.of(seen.logit) });
        let ridge = RIDGE / 2.0 * ((line.scale - 1.0).powi(2) + line.offset.powi(2));
        observations.iter().map(of).sum::<f64>() + ridge
    };
    let mut best = Line::IDENTITY;
    let mut least = unlikely(best);
    for _ in 0..STEPS {
        let (mut g, mut h) = ([RIDGE * (best.scale - 1.0), RIDGE * best.offset], [RIDGE, 0.0, RIDGE]);
        for Observation { logit, is_so } in observations {
            let p = sigmoid(best.of(*logit));
            let (error, weight) = (p - f64::from(u8::from(*is_so)), p * (1.0 - p));
            g[0] += error * logit;
            g[1] += error;
            h[0] += weight * logit * logit;
            h[1] += weight * logit;
            h[2] += weight;
        }
        let determinant = h[0] * h[2] - h[1] * h[1];
        let step = [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant];
        // Where all are sure the curvature says little, and a whole step leads too far.
        let shorter = (0..STEPS).map(|halvings| 0.5f64.powi(halvings as i32));
        let tried = shorter.map(|s| Line { scale: best.scale - s * step[0], offset: best.offset - s * step[1] });
        match tried.map(|line| (line, unlikely(line))).find(|(_, unlikely)| *unlikely < least) {
            Some(better) => (best, least) = better,
            None => break,
        }
    }
    (best.scale.is_finite() && best.offset.is_finite() && best.scale > 0.0).then_some(best)
}

/// The probability below which to deny, of pairs of a probability and whether it was there: that at which the share of what is not
/// there and denied exceeds most the share of what is there and denied (Youden's index), the lowest of several. It never denies more
/// than [`DENIED`] of what is there: what is missed costs an analyst more than what is marked in vain.
fn absent_below(mut statements: Vec<(f64, bool)>) -> f64 {
    statements.sort_by(|a, b| a.0.total_cmp(&b.0));
    let there = statements.iter().filter(|(_, is_so)| *is_so).count();
    let absent = statements.len() - there;
    let (mut denied, mut wrongly, mut last, mut best) = (0, 0, 0.0, (0.0, 0.0));
    for alike in statements.chunk_by(|a, b| a.0 == b.0) {
        // With the limit between the last ones and these, all before are denied.
        let gain = denied as f64 / absent.max(1) as f64 - wrongly as f64 / there.max(1) as f64;
        if wrongly as f64 > there as f64 * DENIED {
            break;
        }
        if gain > best.0 {
            best = (gain, f64::midpoint(last, alike[0].0));
        }
        let so = alike.iter().filter(|(_, is_so)| *is_so).count();
        (denied, wrongly, last) = (denied + alike.len() - so, wrongly + so, alike[0].0);
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::describe::Random;

    /// Statements whose true log odds are `scale · logit + offset`.
    fn observed(scale: f64, offset: f64) -> Vec<Observation> {
        let mut random = Random::new(3);
        (0..40_000)
            .map(|_| {
                let logit = random.between(-4.0, 4.0);
                Observation { logit, is_so: random.chance(sigmoid(scale * logit + offset)) }
            })
            .collect()
    }

    #[test]
    fn a_network_that_is_too_sure_is_cooled_by_how_much_it_is_too_sure() {
        let found = temperature(&observed(0.5, 0.0)).unwrap();
        assert!((found - 2.0).abs() < 0.1, "{found}");
        let found = line(&observed(0.5, -1.0)).unwrap();
        assert!((found.scale - 0.5).abs() < 0.03 && (found.offset + 1.0).abs() < 0.06, "{found:?}");
    }

    #[test]
    fn what_is_fitted_is_reliable_and_what_was_too_sure_is_not() {
        let seen = Observations { pixels: observed(0.5, 0.0), presence: observed(2.0, 1.0) };
        let before = seen.reliability(&Calibration::default());
        let after = seen.reliability(&seen.fit());
        for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
            assert!(before.error > 0.05 && after.error < 0.01, "{before:?} {after:?}");
            assert_eq!(before.bins.iter().map(|bin| bin.count).sum::<usize>(), 40_000);
        }
    }

    #[test]
    fn the_limit_of_absence_denies_where_that_pays_and_never_much_of_what_is_there() {
        let there = |from: f64| (0..1000).map(move |i| (from + f64::from((i * 7) % 1000) / 1000.0, true));
        let absent = |at: f64| std::iter::repeat_n((at, false), 100);
        let between = |low: f64, high: f64, limit: f64| assert!((low..=high).contains(&limit), "{limit}");
        // As high as it may be, for what lies just below.
        between(0.0295, 0.03, absent_below(there(0.0).chain(absent(0.0295)).collect()));
        // What lies above costs too much of what is there.
        assert_eq!(absent_below(there(0.0).chain(absent(0.0305)).collect()), 0.0);
        // No higher than it needs to be.
        between(0.0095, 0.01, absent_below(there(0.0).chain(absent(0.0095)).collect()));
        // Half way where nothing is between.
        assert_eq!(absent_below(there(0.5).chain(absent(0.2)).chain(absent(0.3)).collect()), 0.4);
        assert_eq!(absent_below(vec![(0.9, true), (0.1, false)]), 0.5, "of few none is denied");
        assert_eq!(absent_below(vec![(0.9, true)]), 0.0);
        assert_eq!(absent_below(Vec::new()), 0.0);
    }

    #[test]
    fn where_most_are_sure_the_fit_still_expects_as_many_as_there_are() {
        let sure = |logit: f64, is_so, count| std::iter::repeat_n(Observation { logit, is_so }, count);
        for (there, absent, missed) in [(-1.0, -12.0, -10.0), (2.0, -8.0, -7.0), (14.0, -9.0, -16.0)] {
            let seen = sure(there, true, 20).chain(sure(absent, false, 20)).chain(sure(missed, true, 2));
            let seen: Vec<_> = seen.collect();
            let found = line(&seen).unwrap();
            let expected: f64 = seen.iter().map(|seen| sigmoid(found.of(seen.logit))).sum();
            // But for the ridge, which pulls at the offset.
            assert!((expected + RIDGE * found.offset - 22.0).abs() < 1e-6, "{found:?}: {expected}");
        }
    }

    #[test]
    fn separable_statements_and_too_few_of_them_do_no_harm() {
        let apart: Vec<_> = (-50..50).map(|v| Observation { logit: f64::from(v), is_so: v >= 0 }).collect();
        assert!(line(&apart).unwrap().scale.is_finite());
        let few = Observations { pixels: apart[..10].to_vec(), presence: apart[..10].to_vec() };
        assert_eq!(few.fit(), Calibration::default());
    }
}
