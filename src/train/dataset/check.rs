//! What a data set holds and what is wrong with it, as data and in words: `referent dataset info`.

mod words;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::{Dataset, Expression, Sample, Shape, Skips, Split, Target};
use crate::error::Result;
use crate::job::Job;
use crate::train::mask::Size;
use crate::train::split::leaks;

/// What can be wrong with something that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A picture that cannot be decoded; training leaves it out.
    BadImage,
    /// A mask that cannot be drawn; training leaves it out.
    BadMask,
    /// A picture and its entry or mask of two sizes; training leaves it out.
    SizeMismatch,
    /// A phrase or object that means no pixel although it is not marked as absent.
    EmptyMask,
    /// A phrase said twice of one picture with one meaning.
    DuplicatePhrase,
    /// A phrase said twice of one picture with two meanings.
    Contradiction,
    /// Splits that share a picture, ground or a group; training refuses them.
    Leak,
    /// Pictures that are in no split; nothing uses them.
    Unassigned,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub topic: Topic,
    /// Which picture, and what is wrong with it.
    pub text: String,
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Pictures.
    pub pictures: usize,
    /// Labelled objects.
    pub instances: usize,
    /// Phrases that mean something.
    pub phrases: usize,
    /// Phrases that mean nothing in their picture.
    pub absent: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.instances += other.instances;
        self.phrases += other.phrases;
        self.absent += other.absent;
    }
}

/// Counts and findings over a data set. Serialises as it is, displays in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The data set's name.
    pub name: String,
    /// Everything.
    pub total: Count,
    /// Per split, `none` for pictures that are in no split.
    pub by_split: BTreeMap<String, Count>,
    /// Per category and split. Pictures count where they hold the category.
    pub by_category: BTreeMap<String, BTreeMap<String, Count>>,
    /// Per kind of phrase and split.
    pub by_kind: BTreeMap<String, BTreeMap<String, Count>>,
    /// What could not be read at all.
    pub skips: Skips,
    /// What is wrong with the rest.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The findings about one topic.
    pub fn about(&self, topic: Topic) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.topic == topic)
    }
}

/// Counts what `dataset` holds, decodes every picture, draws every mask and compares the splits.
pub fn check(dataset: &Dataset, job: &Job) -> Result<Report> {
    let mut report = count(dataset);
    let (done, total) = (AtomicU64::new(0), dataset.samples.len() as u64);
    let found: Vec<Vec<Finding>> = dataset
        .samples
        .par_iter()
        .map(|sample| {
            job.check("checking the data set")?;
            let findings = check_sample(sample);
            job.progress("pictures", done.fetch_add(1, Ordering::Relaxed) + 1, total);
            Ok(findings)
        })
        .collect::<Result<_>>()?;
    report.findings = found.into_iter().flatten().collect();
    let leaks = leaks(dataset);
    report.findings.extend(leaks.iter().map(|leak| Finding { topic: Topic::Leak, text: leak.to_string() }));
    if let Some(none) = report.by_split.get(NO_SPLIT) {
        let text = format!("{} pictures are in no split", none.pictures);
        report.findings.push(Finding { topic: Topic::Unassigned, text });
    }
    Ok(report)
}

/// The name under which pictures without a split are counted.
const NO_SPLIT: &str = "none";

fn count(dataset: &Dataset) -> Report {
    let mut report = Report {
        name: dataset.name.clone(),
        total: Count::default(),
        by_split: BTreeMap::new(),
        by_category: BTreeMap::new(),
        by_kind: BTreeMap::new(),
        skips: dataset.skips.clone(),
        findings: Vec::new(),
    };
    for sample in &dataset.samples {
        let split = sample.split.map_or_else(|| NO_SPLIT.to_owned(), |split: Split| split.to_string());
        let mut categories: BTreeMap<&str, Count> = BTreeMap::new();
        let mut kinds: BTreeMap<&str, Count> = BTreeMap::new();
        let mut whole = Count { pictures: 1, ..Count::default() };
        for instance in &sample.instances {
            let one = Count { instances: 1, ..Count::default() };
            whole.add(one);
            categories.entry(&instance.category).or_default().add(one);
        }
        for expression in &sample.expressions {
            let absent = usize::from(expression.target == Target::Absent);
            let one = Count { phrases: 1 - absent, absent, ..Count::default() };
            whole.add(one);
            for (table, name) in [(&mut categories, &expression.category), (&mut kinds, &expression.kind)] {
                if let Some(name) = name {
                    table.entry(name).or_default().add(one);
                }
            }
        }
        for (tables, counts) in [(&mut report.by_category, categories), (&mut report.by_kind, kinds)] {
            for (name, count) in counts {
                let row = tables.entry(name.to_owned()).or_default().entry(split.clone()).or_default();
                row.add(Count { pictures: 1, ..count });
            }
        }
        report.total.add(whole);
        report.by_split.entry(split).or_default().add(whole);
    }
    report
}

fn check_sample(sample: &Sample) -> Vec<Finding> {
    let mut findings = duplicate_phrases(sample);
    let mut note = |topic, text| findings.push(Finding { topic, text });
    let decoded = super::picture::read_rgb(&sample.image).and_then(|image| Size::new(image.width(), image.height()));
    let size = match (decoded, sample.size) {
        (Err(error), _) => {
            note(Topic::BadImage, format!("{}: {}", sample.id, error.why()));
            return findings;
        }
        (Ok(actual), Some(stated)) if actual != stated => {
            let text = format!("{}: it has {actual} pixels and its entry says {stated}", sample.id);
            note(Topic::SizeMismatch, text);
            return findings;
        }
        (Ok(actual), _) => actual,
    };
    for (number, instance) in (1..).zip(&sample.instances) {
        if let Err((topic, why)) = check_shape(&instance.shape, size) {
            note(topic, format!("{}, object {number} ({}): {why}", sample.id, instance.category));
        }
    }
    for Expression { text, target, .. } in &sample.expressions {
        if let Target::Present(shape) = target
            && let Err((topic, why)) = check_shape(shape, size)
        {
            note(topic, format!("{}, \"{text}\": {why}", sample.id));
        }
    }
    findings
}

fn check_shape(shape: &Shape, size: Size) -> std::result::Result<(), (Topic, String)> {
    let bad = |error: crate::error::Error| (Topic::BadMask, error.why().to_owned());
    if let Some(made_for) = shape.read_size().map_err(bad)?
        && made_for != size
    {
        return Err((Topic::SizeMismatch, format!("its mask has {made_for} pixels and the picture {size}")));
    }
    if shape.read(size).map_err(bad)?.is_empty() {
        return Err((Topic::EmptyMask, "its mask has no pixel".into()));
    }
    Ok(())
}

/// Phrases that are the same but for case and spaces.
fn duplicate_phrases(sample: &Sample) -> Vec<Finding> {
    let mut first: BTreeMap<String, &Expression> = BTreeMap::new();
    let mut findings = Vec::new();
    for expression in &sample.expressions {
        let words: Vec<&str> = expression.text.split_whitespace().collect();
        let Some(earlier) = first.insert(words.join(" ").to_lowercase(), expression) else { continue };
        let (topic, verdict) = if earlier.target == expression.target {
            (Topic::DuplicatePhrase, "is said twice")
        } else {
            (Topic::Contradiction, "is said twice and means two things")
        };
        findings.push(Finding { topic, text: format!("{}: \"{}\" {verdict}", sample.id, expression.text) });
    }
    findings
}
