//! What the two published data sets call the things in them: what their models know, and what their rule looks for in a sentence.

/// Classes of RefSegRS (FIANET.md 13).
pub const REFSEGRS: [&str; 14] = [
    "road",
    "vehicle",
    "car",
    "van",
    "building",
    "truck",
    "trailer",
    "bus",
    "road marking",
    "bikeway",
    "sidewalk",
    "tree",
    "low vegetation",
    "impervious surface",
];

/// Classes of RRSIS-D (FIANET.md 13).
pub const RRSIS_D: [&str; 20] = [
    "airplane",
    "airport",
    "golf field",
    "expressway service area",
    "baseball field",
    "stadium",
    "ground track field",
    "storage tank",
    "basketball court",
    "chimney",
    "tennis court",
    "overpass",
    "train station",
    "ship",
    "expressway toll station",
    "dam",
    "harbor",
    "bridge",
    "vehicle",
    "windmill",
];
