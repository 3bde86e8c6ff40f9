//! What a model's card says once it was tried: how good it is, and how its numbers become probabilities.

use std::collections::BTreeMap;
use std::path::Path;

use super::metrics::Summary;
use crate::error::{Error, Result};
use crate::model::weights::{Calibration, ModelFile};

/// Writes into the card of a finished model how good it is and how its numbers become probabilities.
///
/// # Errors
/// If the file cannot be read or written.
pub fn complete(path: &Path, summary: &Summary, fitted: Calibration) -> Result<()> {
    ModelFile::with_card(path, path, |card| {
        card.metrics = figures(summary);
        card.calibrate(fitted);
    })
}

/// The figures of a model's card, as fractions of 1.
fn figures(summary: &Summary) -> BTreeMap<String, f64> {
    let overall = &summary.overall;
    let named = [
        ("validation mIoU", overall.mean_iou),
        ("validation oIoU", overall.overall_iou),
        ("validation Pr@0.5", overall.precision.map(|precision| precision[0])),
        ("false alarms on absent objects", overall.false_alarms),
        ("presence right", overall.presence_accuracy),
    ];
    let mut figures: BTreeMap<String, f64> =
        named.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?))).collect();
    for (sort, table) in [("", &summary.by_kind), ("of a ", &summary.by_category), ("meaning ", &summary.by_number)] {
        let rows = table.iter().filter_map(|(name, row)| Some((format!("mIoU {sort}{name}"), row.mean_iou?)));
        figures.extend(rows);
    }
    figures
}

/// Writes a copy of the model `path` to `copy`, calibrated as was fitted.
///
/// # Errors
/// If nothing was fitted, or a file cannot be read or written.
pub fn recalibrate(path: &Path, fitted: Calibration, copy: &Path) -> Result<()> {
    if fitted == Calibration::default() {
        return Err(Error::new(
            format!("cannot calibrate {}", path.display()),
            "too few phrases were tried, of things that are there or of things that are not",
            "give more pictures, and phrases of what is not there too",
        ));
    }
    ModelFile::with_card(path, copy, |card| card.calibrate(fitted))
}
