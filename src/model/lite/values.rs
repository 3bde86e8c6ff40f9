//! What goes in and out of the network: views, feature maps, texts, answers.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::kept::KeptFeatures;
use crate::error::{Error, Result};
use crate::model::efficientnet::FEATURE_WIDTHS;
use crate::model::picture::picture;

/// Cells of the coarsest map are this many pixels wide, and a view's sides are multiples of it.
pub const COARSEST: usize = 32;

/// A view as the encoder wants it, `(v - 127) / 128` as `[1, 3, height, width]`, from 8-bit RGB pixels row by row.
///
/// # Errors
/// If `rgb` does not hold `height · width · 3` values.
pub fn normalise(rgb: &[u8], height: usize, width: usize, device: &Device) -> Result<Tensor<4>> {
    picture(rgb, height, width, device, |value, _| (f32::from(value) - 127.0) / 128.0)
}

/// How feature maps are kept outside the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 16-bit floats: half the space, three digits.
    Half,
    /// 32-bit floats: exactly what was computed.
    Full,
}

/// The four feature maps of `B` views: computed once, asked by any number of phrases.
#[derive(Debug, Clone)]
pub struct Features {
    maps: [Tensor<4>; 4],
}

impl Features {
    pub(super) fn new(maps: [Tensor<4>; 4]) -> Self {
        Self { maps }
    }

    /// Maps of strides 4, 8, 16 and 32, `[B, C, H, W]`.
    pub fn maps(&self) -> &[Tensor<4>; 4] {
        &self.maps
    }

    /// Number of views.
    pub fn views(&self) -> usize {
        self.maps[0].dims()[0]
    }

    /// Height and width of the views in pixels.
    pub fn size(&self) -> (usize, usize) {
        let [_, _, height, width] = self.maps[3].dims();
        (height * COARSEST, width * COARSEST)
    }

    /// A copy in ordinary memory, for a cache.
    ///
    /// # Errors
    /// If the device cannot give the values.
    pub fn to_data(&self, precision: Precision) -> Result<[TensorData; 4]> {
        let dtype = match precision {
            Precision::Half => DType::F16,
            Precision::Full => DType::F32,
        };
        let [a, b, c, d] = self.maps.each_ref().map(|map| {
            map.try_to_data().map(|data| data.convert_dtype(dtype)).map_err(|cause| {
                Error::new("cannot keep the features of a view", "the device lost them", "ask again").because(cause)
            })
        });
        Ok([a?, b?, c?, d?])
    }

    /// A copy to keep: half the space, three digits.
    ///
    /// # Errors
    /// If the device cannot give the values.
    pub fn kept(&self) -> Result<KeptFeatures> {
        self.to_data(Precision::Half).map(KeptFeatures::new)
    }

    /// Features from a copy that [`Features::to_data`] made.
    ///
    /// # Errors
    /// If the shapes are not those of one set of views.
    pub fn from_data(data: [TensorData; 4], device: &Device) -> Result<Self> {
        let coarsest = data[3].shape().clone();
        for (index, (map, width)) in data.iter().zip(FEATURE_WIDTHS).enumerate() {
            let scale = 8 >> index;
            let shape: Vec<usize> = map.shape().iter().copied().collect();
            let wanted = match coarsest[..] {
                [views, _, rows, columns] => vec![views, width, rows * scale, columns * scale],
                _ => Vec::new(),
            };
            if shape != wanted {
                return Err(Error::new(
                    "cannot use the kept features of a view",
                    format!("the map of stride {} has shape {shape:?}", 4 << index),
                    "remove the cache; the features are computed again",
                ));
            }
        }
        Ok(Self { maps: data.map(|map| Tensor::from_data(map.convert_dtype(DType::F32), device)) })
    }
}

/// One reading of `M` phrases: hidden states of the text encoder, and which tokens count.
#[derive(Debug, Clone)]
pub struct Text {
    /// `[M, T, 384]`.
    pub hidden: Tensor<3>,
    /// `[M, T]`, 1 for a token that counts, else 0.
    pub mask: Tensor<2>,
}

/// `M` phrases, each read three times. A part that a phrase lacks is read as its sentence.
#[derive(Debug, Clone)]
pub struct TextFeatures {
    /// The whole sentence.
    pub sentence: Text,
    /// The words that name the object.
    pub object: Text,
    /// The words that say where it is.
    pub position: Text,
}

impl TextFeatures {
    /// Number of phrases.
    pub fn phrases(&self) -> usize {
        self.sentence.mask.dims()[0]
    }
}

/// What the network says about `M` phrases.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `[M, 2, H, W]` at the view's size: background, target. Softmax over the two gives probabilities.
    pub logits: Tensor<4>,
    /// `[M]`, one logit a phrase: the sigmoid is the probability that what it names is in view.
    pub presence: Tensor<1>,
}
