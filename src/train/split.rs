//! Which samples learn, choose and report: by group or by block of ground, never the same place on two sides.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::dataset::{Dataset, Sample, Split};
use crate::error::{Error, Result};

/// What stays together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Samples of one group.
    Group,
    /// Samples of one group whose middles lie in one square of ground with this side, in metres.
    Block {
        /// Side of the square, in metres.
        side_m: f64,
    },
}

/// How much goes where, as shares of the pictures; training gets the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// To choose by.
    pub val: f64,
    /// To report on; 0 for none.
    pub test: f64,
}

/// Assigns every sample of `dataset` to a split, the same way for the same `seed`.
///
/// Samples stay together if they are of one unit, are the same picture or overlap on the ground. What has no group is
/// a unit by itself; a picture without an extent has no block and goes by its group. Fails, changing nothing, when there are
/// fewer units than splits.
pub fn assign(dataset: &mut Dataset, unit: Unit, shares: Shares, seed: u64) -> Result<()> {
    let wanted = wanted(shares)?;
    if let Unit::Block { side_m } = unit
        && !(side_m.is_finite() && side_m > 0.0)
    {
        let what = "cannot split by blocks of ground";
        return Err(Error::usage(what, format!("{side_m} is no length"), "give the side of a block in metres"));
    }
    let units = units(&dataset.samples, unit);
    if units.len() < wanted.len() {
        let what = format!("cannot split the data set {}", dataset.name);
        let why = format!(
            "its {} pictures hang together in {} and {} splits would share ground or pictures",
            dataset.samples.len(),
            if units.len() == 1 { "one piece".into() } else { format!("{} pieces", units.len()) },
            wanted.len()
        );
        return Err(Error::new(what, why, "add pictures of other places, use smaller blocks or ask for fewer splits"));
    }

    // Large pieces first, so that small ones even out what they leave; by a keyed hash among equals, so that the seed
    // decides and a piece keeps its rank when others come or go.
    let mut order: Vec<&(String, Vec<usize>)> = units.iter().collect();
    order.sort_by_cached_key(|(key, members)| (std::cmp::Reverse(members.len()), rank(seed, key)));
    let mut given = vec![0usize; wanted.len()];
    let mut decided = Vec::with_capacity(dataset.samples.len());
    for (position, (_, members)) in order.iter().enumerate() {
        let left = order.len() - position;
        let empty = given.iter().filter(|&&count| count == 0).count();
        let need = |index: usize| wanted[index].1 * dataset.samples.len() as f64 - given[index] as f64;
        // Once only as many pieces are left as splits are empty, each of these gets one.
        let candidates = (0..wanted.len()).filter(|&index| left > empty || given[index] == 0);
        let Some(chosen) = candidates.max_by(|&a, &b| need(a).total_cmp(&need(b)).then(b.cmp(&a))) else { continue };
        given[chosen] += members.len();
        decided.extend(members.iter().map(|&member| (member, wanted[chosen].0)));
    }
    for (member, split) in decided {
        dataset.samples[member].split = Some(split);
    }
    Ok(())
}

/// The splits asked for and their shares.
fn wanted(shares: Shares) -> Result<Vec<(Split, f64)>> {
    let train = 1.0 - shares.val - shares.test;
    if !(train > 0.0 && shares.val > 0.0 && shares.test >= 0.0) {
        let why = format!("{} for validation and {} for testing leave {train} for training", shares.val, shares.test);
        return Err(Error::usage("cannot split a data set", why, "give shares between 0 and 1 that leave a rest"));
    }
    let all = [(Split::Train, train), (Split::Val, shares.val), (Split::Test, shares.test)];
    Ok(all.into_iter().filter(|&(_, share)| share > 0.0).collect())
}

/// Something that two splits share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Leak {
    /// What they share.
    pub shared: Shared,
    /// The splits.
    pub splits: BTreeSet<Split>,
    /// A picture of each split, or more.
    pub pictures: Vec<String>,
}

/// What two splits can share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// The group of this name, `source: group`.
    Group(String),
    /// The very same picture, byte for byte.
    Picture,
    /// Ground: extents of one group overlap.
    Ground,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let splits: Vec<String> = self.splits.iter().map(Split::to_string).collect();
        let splits = splits.join(" and ");
        let pictures = self.pictures.join(", ");
        match &self.shared {
            Shared::Group(group) => write!(f, "{splits} share the group {group} ({pictures})"),
            Shared::Picture => write!(f, "{splits} hold the same picture ({pictures})"),
            Shared::Ground => write!(f, "pictures of {splits} overlap on the ground ({pictures})"),
        }
    }
}

/// Everything that splits of `dataset` share. Reads picture files of equal length, to compare them.
pub fn leaks(dataset: &Dataset) -> Vec<Leak> {
    let samples = &dataset.samples;
    let mut leaks = Vec::new();
    let mut report = |shared: Shared, members: &[usize]| {
        let splits: BTreeSet<Split> = members.iter().filter_map(|&member| samples[member].split).collect();
        if splits.len() < 2 {
            return;
        }
        let one_of = |split: &Split| members.iter().copied().find(|&member| samples[member].split == Some(*split));
        let pictures = splits.iter().filter_map(one_of).map(|member| samples[member].id.clone()).collect();
        leaks.push(Leak { shared, splits, pictures });
    };
    for (group, members) in by_group(samples) {
        // Where all extents are known, ground itself is compared, and one scene may serve several splits.
        if members.iter().any(|&member| samples[member].extent.is_none()) {
            report(Shared::Group(group), &members);
        }
    }
    for members in same_pictures(samples) {
        report(Shared::Picture, &members);
    }
    for pair in overlapping(samples) {
        report(Shared::Ground, &pair);
    }
    leaks
}

/// Fails with the reason when splits of `dataset` share a picture, ground or a group.
///
/// `divided` names groups (`source: group`) that are known to be divided cleanly, such as a town whose pictures are on
/// two sides of a line; these may be shared.
pub fn refuse_leaks(dataset: &Dataset, divided: &BTreeSet<String>) -> Result<()> {
    let allowed = |leak: &Leak| matches!(&leak.shared, Shared::Group(group) if divided.contains(group));
    let leaks: Vec<Leak> = leaks(dataset).into_iter().filter(|leak| !allowed(leak)).collect();
    let Some(first) = leaks.first() else { return Ok(()) };
    let more = if leaks.len() > 1 { format!(", and {} more", leaks.len() - 1) } else { String::new() };
    let what = format!("cannot trust the splits of {}", dataset.name);
    let remedy = "split it again by group or block, or name the groups that are divided cleanly";
    Err(Error::new(what, format!("{first}{more}"), remedy))
}

/// Samples that must stay together, each set with a name that does not depend on the others.
fn units(samples: &[Sample], unit: Unit) -> Vec<(String, Vec<usize>)> {
    let mut pieces = Pieces::new(samples.len());
    let mut firsts: HashMap<String, usize> = HashMap::new();
    for (index, sample) in samples.iter().enumerate() {
        if let Some(key) = key(sample, unit) {
            pieces.join(index, *firsts.entry(key).or_insert(index));
        }
    }
    for members in same_pictures(samples).into_iter().chain(overlapping(samples).map(Vec::from)) {
        for pair in members.windows(2) {
            pieces.join(pair[0], pair[1]);
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..samples.len() {
        sets.entry(pieces.root(index)).or_default().push(index);
    }
    let name = |members: &[usize]| {
        let names = members.iter().map(|&member| format!("{}: {}", samples[member].source, samples[member].id));
        names.min().unwrap_or_default()
    };
    sets.into_values().map(|members| (name(&members), members)).collect()
}

fn group_key(sample: &Sample) -> Option<String> {
    sample.group.as_ref().map(|group| format!("{}: {group}", sample.source))
}

fn key(sample: &Sample, unit: Unit) -> Option<String> {
    let group = group_key(sample);
    match (unit, sample.extent) {
        (Unit::Block { side_m }, Some(extent)) => {
            let [east, north] = extent.centre().map(|middle| (middle / side_m).floor());
            Some(format!("{} {east} {north}", group.unwrap_or_else(|| sample.source.to_string())))
        }
        _ => group,
    }
}

fn by_group(samples: &[Sample]) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        if let Some(group) = group_key(sample) {
            groups.entry(group).or_default().push(index);
        }
    }
    groups
}

/// Sets of samples with the same picture. Only files of equal length are read; one that cannot be read equals none.
fn same_pictures(samples: &[Sample]) -> Vec<Vec<usize>> {
    let mut by_path: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        by_path.entry(&sample.image).or_default().push(index);
    }
    let mut by_length: BTreeMap<u64, Vec<(&PathBuf, Vec<usize>)>> = BTreeMap::new();
    for (path, members) in by_path {
        let length = fs::metadata(path).map_or(0, |metadata| metadata.len());
        by_length.entry(length).or_default().push((path, members));
    }
    let mut sets = Vec::new();
    for files in by_length.into_values() {
        if let [(_, members)] = files.as_slice() {
            sets.push(members.clone());
            continue;
        }
        let mut by_content: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (path, members) in files {
            match fs::read(path) {
                Ok(bytes) => by_content.entry(Sha256::digest(&bytes).to_vec()).or_default().extend(members),
                Err(_) => sets.push(members),
            }
        }
        sets.extend(by_content.into_values());
    }
    sets.retain(|members| members.len() > 1);
    sets.sort();
    sets
}

/// Pairs of samples of one group (or one source, without groups) whose extents overlap: a sweep from west to east.
fn overlapping(samples: &[Sample]) -> impl Iterator<Item = [usize; 2]> {
    let mut scenes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate().filter(|(_, sample)| sample.extent.is_some()) {
        scenes.entry(group_key(sample).unwrap_or_else(|| sample.source.to_string())).or_default().push(index);
    }
    let mut pairs = Vec::new();
    for mut members in scenes.into_values() {
        let sides = |index: usize| samples[index].extent.map_or([0.0; 4], |extent| extent.sides());
        members.sort_by(|&a, &b| sides(a)[0].total_cmp(&sides(b)[0]));
        for (position, &one) in members.iter().enumerate() {
            for &other in &members[position + 1..] {
                if sides(other)[0] >= sides(one)[2] {
                    break;
                }
                if let (Some(a), Some(b)) = (samples[one].extent, samples[other].extent)
                    && a.overlaps(&b)
                {
                    pairs.push([one, other]);
                }
            }
        }
    }
    pairs.into_iter()
}

/// A place in an order that depends on the seed and the name only.
fn rank(seed: u64, name: &str) -> Vec<u8> {
    Sha256::new().chain_update(seed.to_le_bytes()).chain_update(name).finalize().to_vec()
}

/// Which indices hang together.
struct Pieces {
    parents: Vec<usize>,
}

impl Pieces {
    fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parents[index] != index {
            self.parents[index] = self.parents[self.parents[index]];
            index = self.parents[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // The smaller index stays the root, so that pieces come in the order of their first members.
        self.parents[one.max(other)] = one.min(other);
    }
}
