//! How good masks are: IoU, the published summaries of it, false alarms and presence.
//!
//! [`Scores`] gathers outcomes one by one, on any number of threads, and two of them add up: sums are exact, so the
//! figures do not depend on the order.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::mask::Mask;
use crate::error::Result;

/// The IoU from which a phrase counts as found, for Pr@0.5 to Pr@0.9.
pub const THRESHOLDS: [f64; 5] = [0.5, 0.6, 0.7, 0.8, 0.9];
/// One over the share of a picture that may be marked for something absent before it is a false alarm: 0.2 %.
const FALSE_ALARM_PART: u64 = 500;

/// Pixels two masks share and pixels they cover together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// |prediction ∧ truth|.
    pub intersection: u64,
    /// |prediction ∨ truth|.
    pub union: u64,
}

impl Overlap {
    /// Compares two masks. Fails when their sizes differ.
    pub fn between(prediction: &Mask, truth: &Mask) -> Result<Self> {
        let (intersection, union) = prediction.overlap_areas(truth)?;
        Ok(Self { intersection, union })
    }

    /// Intersection over union, 0 when both masks are empty (FIANET.md section 15).
    pub fn iou(self) -> f64 {
        if self.union == 0 { 0.0 } else { self.intersection as f64 / self.union as f64 }
    }
}

/// What came out for one phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The phrase means something in the picture.
    Present {
        /// How the marked pixels agree with it.
        overlap: Overlap,
        /// Whether the network said that it is there, if it says such things.
        said_present: Option<bool>,
    },
    /// The phrase means nothing in the picture.
    Absent {
        /// Pixels marked all the same.
        marked: u64,
        /// Pixels of the picture.
        pixels: u64,
        /// Whether the network said that it is there, if it says such things.
        said_present: Option<bool>,
    },
}

impl Outcome {
    /// Judges `prediction` against `truth`, `None` when the phrase means nothing here. Fails when sizes differ.
    pub fn judge(prediction: &Mask, truth: Option<&Mask>, said_present: Option<bool>) -> Result<Self> {
        Ok(match truth {
            Some(truth) => Self::Present { overlap: Overlap::between(prediction, truth)?, said_present },
            None => {
                let pixels = prediction.size().pixels() as u64;
                Self::Absent { marked: prediction.area(), pixels, said_present }
            }
        })
    }
}

/// Counts and exact sums over outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    phrases: u64,
    /// Sum of IoUs in units of 2^-[`Self::SCALE`]: exact, whatever the order.
    iou_sum: u128,
    intersection: u64,
    union: u64,
    found: [u64; THRESHOLDS.len()],
    absent: u64,
    false_alarms: u64,
    /// Where the network said whether it is there: by whether it is, and by what was said.
    said: [[u64; 2]; 2],
}

impl Tally {
    /// An IoU is 0 or at least 2^-26 ([`super::mask::MAX_PIXELS`]), so its last bit is worth 2^-78 at least; what is left
    /// of 128 bits holds four thousand million of them.
    const SCALE: i32 = 96;

    /// Counts one outcome.
    pub fn add(&mut self, outcome: Outcome) {
        let (present, said_present) = match outcome {
            Outcome::Present { overlap, said_present } => {
                let iou = overlap.iou();
                self.phrases += 1;
                self.iou_sum += (iou * 2f64.powi(Self::SCALE)) as u128;
                self.intersection += overlap.intersection;
                self.union += overlap.union;
                for (found, threshold) in self.found.iter_mut().zip(THRESHOLDS) {
                    *found += u64::from(iou >= threshold);
                }
                (true, said_present)
            }
            Outcome::Absent { marked, pixels, said_present } => {
                self.absent += 1;
                self.false_alarms += u64::from(marked.saturating_mul(FALSE_ALARM_PART) > pixels);
                (false, said_present)
            }
        };
        if let Some(said) = said_present {
            self.said[usize::from(present)][usize::from(said)] += 1;
        }
    }

    /// Counts all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        self.phrases += other.phrases;
        self.iou_sum += other.iou_sum;
        self.intersection += other.intersection;
        self.union += other.union;
        for (found, more) in self.found.iter_mut().zip(other.found) {
            *found += more;
        }
        self.absent += other.absent;
        self.false_alarms += other.false_alarms;
        for (mine, more) in self.said.as_flattened_mut().iter_mut().zip(other.said.as_flattened()) {
            *mine += more;
        }
    }

    /// The figures so far.
    pub fn figures(&self) -> Figures {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let mean_iou = (self.phrases > 0).then(|| self.iou_sum as f64 / 2f64.powi(Self::SCALE) / self.phrases as f64);
        let precision = (self.phrases > 0).then(|| self.found.map(|found| found as f64 / self.phrases as f64));
        let [[denied_rightly, missed], [denied_wrongly, affirmed]] = self.said;
        let (absent, present) = (denied_rightly + missed, denied_wrongly + affirmed);
        Figures {
            phrases: self.phrases,
            mean_iou,
            overall_iou: share(self.intersection, self.union),
            precision,
            intersection: self.intersection,
            union: self.union,
            absent: self.absent,
            false_alarms: share(self.false_alarms, self.absent),
            presence_accuracy: share(denied_rightly + affirmed, absent + present),
            denied_wrongly: share(denied_wrongly, present),
            absence_missed: share(missed, absent),
        }
    }
}

/// The summary of a [`Tally`]. Shares are 0..1; a figure over nothing is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Phrases that mean something in their picture; all IoU figures are over these.
    pub phrases: u64,
    /// mIoU: the mean of the IoUs.
    pub mean_iou: Option<f64>,
    /// oIoU: all shared pixels over all covered ones. The published program has NaN where this has `None`.
    pub overall_iou: Option<f64>,
    /// Pr@X: the share of phrases with an IoU of at least X, for each of [`THRESHOLDS`].
    pub precision: Option<[f64; THRESHOLDS.len()]>,
    /// Shared pixels.
    pub intersection: u64,
    /// Covered pixels.
    pub union: u64,
    /// Phrases that mean nothing in their picture.
    pub absent: u64,
    /// Share of the absent ones for which over 0.2 % of the picture was marked.
    pub false_alarms: Option<f64>,
    /// Share of all phrases for which "it is there" or "it is not" was right.
    pub presence_accuracy: Option<f64>,
    /// Share of what is there that was said not to be.
    pub denied_wrongly: Option<f64>,
    /// Share of what is not there that was said to be.
    pub absence_missed: Option<f64>,
}

impl Figures {
    /// The mean over all phrases of the IoU, or of 1 for what is absent and raised no false alarm: one number that falls with
    /// either mistake (the generalised IoU of Liu, Ding and Jiang, "GRES", 2023). 0 without phrases.
    pub fn generalised_iou(&self) -> f64 {
        let present = self.mean_iou.unwrap_or(0.0) * self.phrases as f64;
        let absent = (1.0 - self.false_alarms.unwrap_or(1.0)) * self.absent as f64;
        (present + absent) / ((self.phrases + self.absent) as f64).max(1.0)
    }
}

/// What is known of a phrase, under which its outcome is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits<'a> {
    /// The class of the thing meant.
    pub category: Option<&'a str>,
    /// The kind of phrase.
    pub kind: Option<&'a str>,
    /// How many things are meant.
    pub things: Option<usize>,
}

/// Outcomes over all phrases, and in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scores {
    overall: Tally,
    by_category: BTreeMap<String, Tally>,
    by_kind: BTreeMap<String, Tally>,
    by_number: BTreeMap<String, Tally>,
}

impl Scores {
    /// Counts one outcome; what is not known of its phrase leaves a table as it is.
    pub fn add(&mut self, traits: Traits<'_>, outcome: Outcome) {
        self.overall.add(outcome);
        let number = traits.things.map(|things| match things {
            0 => "none",
            1 => "one",
            _ => "several",
        });
        let tables =
            [(&mut self.by_category, traits.category), (&mut self.by_kind, traits.kind), (&mut self.by_number, number)];
        for (table, key) in tables {
            if let Some(key) = key {
                table.entry(key.to_owned()).or_default().add(outcome);
            }
        }
    }

    /// Counts all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        self.overall.merge(&other.overall);
        let tables = [
            (&mut self.by_category, &other.by_category),
            (&mut self.by_kind, &other.by_kind),
            (&mut self.by_number, &other.by_number),
        ];
        for (table, more) in tables {
            for (key, tally) in more {
                table.entry(key.clone()).or_default().merge(tally);
            }
        }
    }

    /// The figures so far.
    pub fn summary(&self) -> Summary {
        let table = |rows: &BTreeMap<String, Tally>| rows.iter().map(|(k, v)| (k.clone(), v.figures())).collect();
        Summary {
            overall: self.overall.figures(),
            by_category: table(&self.by_category),
            by_kind: table(&self.by_kind),
            by_number: table(&self.by_number),
        }
    }
}

/// Figures over all phrases and in parts. Displays as tables, in percent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Over all phrases.
    pub overall: Figures,
    /// Per category.
    pub by_category: BTreeMap<String, Figures>,
    /// Per kind of phrase.
    pub by_kind: BTreeMap<String, Figures>,
    /// Per number of things meant: `one`, `several`, `none`.
    pub by_number: BTreeMap<String, Figures>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = [
            ("by category", &self.by_category),
            ("by kind of phrase", &self.by_kind),
            ("by number of things meant", &self.by_number),
        ];
        let names = tables.iter().flat_map(|(_, rows)| rows.keys());
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0).max("all phrases".len());
        write!(f, "{:width$} {:>7} {:>6} {:>6}", "", "phrases", "mIoU", "oIoU")?;
        for threshold in THRESHOLDS {
            write!(f, " Pr@{threshold}")?;
        }
        writeln!(f, " {:>6} {:>6} {:>8}", "absent", "alarms", "presence")?;
        write_row(f, width, "all phrases", &self.overall)?;
        if let (Some(denied), Some(missed)) = (self.overall.denied_wrongly, self.overall.absence_missed) {
            let percent = |share: f64| share * 100.0;
            writeln!(
                f,
                "said not to be there: {:.1} % of what is, {:.1} % of what is not",
                percent(denied),
                percent(1.0 - missed)
            )?;
        }
        for (title, rows) in tables {
            if !rows.is_empty() {
                writeln!(f, "{title}")?;
            }
            for (name, figures) in rows {
                write_row(f, width, name, figures)?;
            }
        }
        Ok(())
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, width: usize, name: &str, figures: &Figures) -> fmt::Result {
    let percent = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.2}", share * 100.0));
    write!(f, "{name:width$} {:>7}", figures.phrases)?;
    write!(f, " {:>6} {:>6}", percent(figures.mean_iou), percent(figures.overall_iou))?;
    for index in 0..THRESHOLDS.len() {
        write!(f, " {:>6}", percent(figures.precision.map(|precision| precision[index])))?;
    }
    let (alarms, presence) = (percent(figures.false_alarms), percent(figures.presence_accuracy));
    writeln!(f, " {:>6} {alarms:>6} {presence:>8}", figures.absent)
}
