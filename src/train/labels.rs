//! What the labels of data sets leave open: which classes are certain not to be in a picture.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::dataset::{Dataset, Sample};
use crate::text::describe::{Described, Kind};

/// What must be known of labels before a phrase may ask for something in vain.
///
/// A data set labels every object of its categories, unless it is said here that it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// Categories of which pictures may show objects without a label: nobody can say that there is none.
    pub in_part: BTreeSet<String>,
    /// For each data set, by its name, categories that it does not label and that none of its pictures shows.
    pub never: BTreeMap<String, BTreeSet<String>>,
}

impl Labels {
    /// The categories that are in `sample` only where it has a label: what else is asked for is not there.
    pub fn decided<'d>(&'d self, dataset: &'d Dataset, sample: &Sample) -> Vec<&'d str> {
        let labelled = dataset.labelled(sample).iter().map(|category| &**category);
        let never = self.never.get(&*sample.source).into_iter().flatten().map(String::as_str);
        let all: BTreeSet<&str> = labelled.filter(|category| !self.in_part.contains(*category)).chain(never).collect();
        all.into_iter().collect()
    }

    /// Whether labels can bear out what is said: not that something of a class labelled in part is not there.
    pub fn bear_out(&self, said: &Described) -> bool {
        said.kind != Kind::Absent || !self.in_part.contains(&said.class)
    }
}
