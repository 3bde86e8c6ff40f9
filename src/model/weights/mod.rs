//! Files of weights: read, checked, imported, described. Plain tensors, no network.
//!
//! [`import::import`] turns a checkpoint of the official training, or a pre-trained part, into a [`ModelFile`] with a
//! [`Card`]; [`describe::describe`] says what a model file holds. [`archive::Archive`] gives the tensors of any file.

pub mod archive;
pub mod bias_table;
pub mod card;
mod check;
pub mod describe;
pub mod hash;
pub mod hints;
pub mod import;
pub mod infer;
pub mod model_file;
mod names;
pub mod pickle;
mod provenance;
mod safetensors_file;
pub mod schema;
pub mod tensor;
mod torch;
mod torch_legacy;
mod torch_zip;
pub mod write;

pub use card::{Calibration, Card, Line};
pub use hints::ConfigHints;
pub use import::{ImportOptions, Imported, import};
pub use model_file::ModelFile;
pub use tensor::{Dtype, Tensor};
