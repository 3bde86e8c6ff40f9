//! The document: labels, answers, what they are called, and every edit of them, in one GeoPackage.
//!
//! A [`Document`] is changed by [`Edit`]s only, each one transaction that can be undone, also after a restart. [`shape`]
//! draws and cuts polygons; [`write_triplets`] makes of a document what a model learns from. Labels, areas and answers are
//! ordinary vector layers, which QGIS opens; the rest are tables.

mod change;
mod document;
mod edit;
mod editor;
mod geometry;
mod history;
mod ids;
mod lock;
mod record;
mod refusal;
mod row;
mod schema;
pub mod shape;
mod suggest;
mod triplets;

pub use document::Document;
pub use edit::{Edit, Of};
pub use history::{Changed, Step};
pub use ids::{AnswerId, AreaId, LabelId, Object, PhraseId, QueryId};
pub use record::{ModelRecord, SceneRecord};
pub use row::{Answer, Area, Label, NewAnswer, NewArea, NewLabel, NewQuery, Phrasing, Query, Snapshot, Source};
pub use suggest::suggested_phrases;
pub use triplets::{TripletOptions, TripletsWritten, write_triplets};
