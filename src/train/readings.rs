//! What the frozen text encoder says of phrases, read once each.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::assets;
use crate::error::{Error, Result};
use crate::model::bert::Bert;
use crate::model::lite::{Text, TextFeatures};
use crate::model::minilm::minilm;
use crate::model::trace::Trace;
use crate::query::{Asked, LITE_TOKENS};
use crate::text::tokens::{TokenViews, WordPiece};

/// Phrases kept. One has about 10 tokens, 46 kB; a run on generated phrases repeats some thousands.
const KEPT: usize = 4096;

/// A phrase by its words and parts.
type Key = (String, Vec<Range<usize>>, Vec<Range<usize>>);

/// MiniLM and the phrases it has read.
pub struct Readings {
    text: Bert,
    word_piece: WordPiece,
    /// Where `text` lies; without gradients.
    device: Device,
    kept: HashMap<Key, Arc<Reading>>,
}

/// The three readings of a phrase, of its used tokens only.
struct Reading {
    tokens: usize,
    width: usize,
    /// `[3, tokens, width]`.
    hidden: Vec<f32>,
    /// `[3, tokens]`.
    masks: Vec<f32>,
}

impl Readings {
    /// `text` lies on `device`, which has no gradients.
    pub fn new(text: Bert, word_piece: WordPiece, device: Device) -> Self {
        Self { text, word_piece, device, kept: HashMap::new() }
    }

    /// The text encoder and the vocabulary that come with the program, on `device`, which has no gradients.
    pub fn bundled(device: &Device) -> Result<Self> {
        let text = minilm(&assets::find("text/minilm_l6_f16.safetensors")?, device)?;
        Ok(Self::new(text, Self::word_piece()?, device.clone()))
    }

    /// The vocabulary that comes with the program.
    pub fn word_piece() -> Result<WordPiece> {
        WordPiece::from_bytes(&assets::read("text/wordpiece.tokenizer.json")?)
    }

    /// The readings of `asked` as `lite` wants them, on `device`. They are as long as the longest phrase.
    ///
    /// # Errors
    /// When a phrase has more tokens than the network reads.
    pub fn of<'a>(&mut self, asked: impl Iterator<Item = &'a Asked>, device: &Device) -> Result<TextFeatures> {
        let readings: Vec<Arc<Reading>> = asked.map(|asked| self.read(asked)).collect::<Result<_>>()?;
        let tokens = readings.iter().map(|reading| reading.tokens).max().unwrap_or(0);
        let view = |part: usize| {
            let width = readings.first().map_or(0, |reading| reading.width);
            let mut hidden = Vec::with_capacity(readings.len() * tokens * width);
            let mut mask = Vec::with_capacity(readings.len() * tokens);
            for (row, reading) in readings.iter().enumerate() {
                let used = reading.tokens;
                hidden.extend_from_slice(&reading.hidden[part * used * width..(part + 1) * used * width]);
                hidden.resize((row + 1) * tokens * width, 0.0);
                mask.extend_from_slice(&reading.masks[part * used..(part + 1) * used]);
                mask.resize((row + 1) * tokens, 0.0);
            }
            Text {
                hidden: Tensor::from_data(TensorData::new(hidden, [readings.len(), tokens, width]), device),
                mask: Tensor::from_data(TensorData::new(mask, [readings.len(), tokens]), device),
            }
        };
        Ok(TextFeatures { sentence: view(0), object: view(1), position: view(2) })
    }

    fn read(&mut self, asked: &Asked) -> Result<Arc<Reading>> {
        let Asked { sentence, object, position } = asked;
        let key = (sentence.clone(), object.clone(), position.clone());
        if let Some(known) = self.kept.get(&key) {
            return Ok(Arc::clone(known));
        }
        let views = TokenViews::from_spans(&self.word_piece, sentence, object, position, LITE_TOKENS)?;
        // Slots past the last token weigh nothing in any attention, so the text is read without them.
        let tokens = views.sentence.iter().filter(|used| **used).count();
        let ids: Vec<i32> = views.ids[..tokens].iter().map(|id| *id as i32).collect();
        let masks: Vec<f32> = [&views.sentence, &views.object, &views.position]
            .into_iter()
            .flat_map(|mask| mask[..tokens].iter().map(|on| f32::from(u8::from(*on))))
            .collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids.repeat(3), [3, tokens]), &self.device);
        let mask = Tensor::from_data(TensorData::new(masks.clone(), [3, tokens]), &self.device);
        let hidden = self.text.forward(ids, mask, &Trace::off()); // [3, T, width]
        let [_, _, width] = hidden.dims();
        let hidden = hidden.into_data().try_to_vec::<f32>().map_err(|cause| {
            Error::new(format!("cannot read \"{sentence}\""), format!("{cause:?}"), "this is a bug, please report it")
        })?;
        let reading = Arc::new(Reading { tokens, width, hidden, masks });
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(key, Arc::clone(&reading));
        Ok(reading)
    }
}
