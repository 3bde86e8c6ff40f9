//! Swin: the image encoder's parts, shifted-window attention from coarse to fine.

mod attention;
mod block;
mod merging;
mod patch;
mod windows;

pub use attention::WindowAttention;
pub use block::SwinBlock;
pub use merging::PatchMerging;
pub use patch::PatchEmbed;
pub use windows::Windows;
