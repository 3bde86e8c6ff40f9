//! The network as a query sees it: a view is encoded once, every question about it costs the heads only.

use std::ops::Range;
use std::path::Path;

use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use super::device::{self, Chosen, DeviceChoice};
use super::explain::Branch;
use super::resolution::Trained;
use super::segmenter::no_branches;
use crate::assets;
use crate::error::{Error, Result};
use crate::model::bert::Bert;
use crate::model::config::NetworkConfig;
use crate::model::fiam::TextViews;
use crate::model::fianet::{self, FiaNet, Regularisation, TextInput};
use crate::model::lite::{self, Features, KeptFeatures, Lite, LiteConfig, Text, TextFeatures};
use crate::model::load::load;
use crate::model::minilm::minilm;
use crate::model::names::{FIANET, LITE};
use crate::model::trace::Trace;
use crate::model::weights::{Card, ModelFile};
use crate::raster::View;
use crate::text::official::{Decoupled, Rule};
use crate::text::tokens::{TokenViews, WordPiece};
use crate::text::{Phrase, Span};

/// Tokens of a sentence the `lite` network reads, `[CLS]` and `[SEP]` among them (LITE.md, "Inputs").
pub const LITE_TOKENS: usize = 24;
/// Ground resolution assumed for a model whose card states none: that of the published data sets, 0.13 m for RefSegRS and
/// 0.5 to 30 m for RRSIS-D.
const UNSTATED_RESOLUTION: Trained = [0.13, 30.0];
/// Presence below which what is asked for is probably not there, for a model whose card states none.
const UNSTATED_ABSENT_BELOW: f32 = 0.25;

/// What is asked of a view, in words.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The sentence.
    pub sentence: String,
    /// Bytes of the sentence that name the object.
    pub object: Vec<Range<usize>>,
    /// Bytes of the sentence that say where it is; may be empty.
    pub position: Vec<Range<usize>>,
}

impl Asked {
    /// A whole sentence, with the parts that the parser sees in it.
    pub fn sentence(phrase: &Phrase) -> Self {
        let ranges = |spans: &[Span]| spans.iter().map(|span| span.start..span.end).collect();
        Self {
            object: ranges(&phrase.object_part),
            position: ranges(&phrase.position_part),
            sentence: phrase.sentence.clone(),
        }
    }

    /// A noun phrase alone.
    pub fn noun_phrase(text: impl Into<String>) -> Self {
        let sentence = text.into();
        let whole = 0..sentence.len();
        Self { object: vec![whole], position: Vec::new(), sentence }
    }
}

/// What is asked of a view, as the network reads it.
#[derive(Debug, Clone)]
pub struct Question {
    words: Words,
}

#[derive(Debug, Clone)]
enum Words {
    Lite(Box<TextFeatures>),
    FiaNet(Box<TextViews>),
}

/// What the network sees in a view, kept for the questions to come.
#[derive(Debug, Clone)]
pub struct Sight {
    width: usize,
    height: usize,
    seen: Seen,
}

#[derive(Debug, Clone)]
enum Seen {
    Lite { features: Box<Features>, kept: Box<KeptFeatures> },
    FiaNet(Box<Tensor<4>>),
}

impl Sight {
    /// What was seen as bytes; `None` for a network that mixes picture and words from its first layer on, as FIANet does.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        match &self.seen {
            Seen::Lite { kept, .. } => Some(kept.to_bytes()),
            Seen::FiaNet(_) => None,
        }
    }
}

/// Probability of every pixel of a view to belong to what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row after row, 0..=1.
    pub probability: Vec<f32>,
    /// Probability that the object is in the view at all, where the model says it.
    pub presence: Option<f32>,
}

enum Network {
    Lite { network: Box<Lite>, text: Box<Bert> },
    FiaNet { network: Box<FiaNet>, tokens: usize, rule: Rule },
}

/// A model on a device.
pub struct Engine {
    network: Network,
    word_piece: WordPiece,
    card: Card,
    model_hash: String,
    device: Chosen,
}

/// Ground resolutions at which a model with this card saw objects of `class` in training; what is usual where that is not told.
pub fn trained_at(card: Option<&Card>, class: &str) -> Trained {
    let stated = card.and_then(|card| card.metres_per_pixel(Some(class)));
    stated.map_or(UNSTATED_RESOLUTION, |range| [range.min, range.max])
}

impl Engine {
    /// Loads the model file at `path` onto the device `choice` asks for.
    ///
    /// On a GPU a view is answered there and on the processor first; where the two differ the processor is used,
    /// and [`Engine::device_reason`] says so.
    ///
    /// # Errors
    /// When the file cannot be used, and when a GPU was asked for and there is none or it computes wrongly.
    pub fn load(path: &Path, choice: DeviceChoice) -> Result<Self> {
        let engine = Self::load_on(path, device::choose(choice)?)?;
        if !engine.device.is_gpu {
            return Ok(engine);
        }
        let mut reference = Self::load_on(path, device::choose(DeviceChoice::Cpu)?)?;
        let difference = engine.difference_to(&reference)?;
        if difference <= SELF_TEST_TOLERANCE {
            return Ok(engine);
        }
        let reason = format!(
            "{} gave other answers than the processor (they differ by {difference:.3}), so the processor is used",
            engine.device.name
        );
        if choice == DeviceChoice::Gpu {
            return Err(Error::new(
                "cannot run the network on the GPU",
                reason,
                "update the graphics driver, or use --device cpu",
            ));
        }
        reference.device.reason = reason;
        Ok(reference)
    }

    fn load_on(path: &Path, chosen: Chosen) -> Result<Self> {
        let file = ModelFile::open(path)?;
        let device = &chosen.device;
        let word_piece = WordPiece::from_bytes(&assets::read("text/wordpiece.tokenizer.json")?)?;
        let network = match file.config() {
            NetworkConfig::Lite => Network::Lite {
                network: Box::new(load(Lite::init(&LiteConfig::default(), device), &file, LITE)?.folded()),
                text: Box::new(minilm(&assets::find("text/minilm_l6_f16.safetensors")?, device)?),
            },
            NetworkConfig::Fianet(config) => {
                if config.bert.vocab < word_piece.vocabulary() {
                    return Err(Error::new(
                        format!("cannot ask the model {}", path.display()),
                        format!(
                            "its text encoder knows {} word pieces, the vocabulary has {}",
                            config.bert.vocab,
                            word_piece.vocabulary()
                        ),
                        "use a model that reads with bert-base-uncased's vocabulary",
                    ));
                }
                let network = load(FiaNet::new(config, Regularisation::NONE, device), &file, FIANET)?;
                let rule = Rule::of_text_length(config.text_length);
                Network::FiaNet { network: Box::new(network), tokens: config.text_length, rule }
            }
            NetworkConfig::Swin(_) | NetworkConfig::Bert(_) => {
                return Err(file.config().only_a_part(format!("cannot ask the model {}", path.display())));
            }
        };
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self {
            network,
            word_piece,
            card: file.card().cloned().unwrap_or_else(|| Card::new(name, file.config().clone())),
            model_hash: file.hash()?,
            device: chosen,
        })
    }

    /// The model's card.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// SHA-256 of the model's tensors, in hexadecimal.
    pub fn model_hash(&self) -> &str {
        &self.model_hash
    }

    /// Name and short hash of the model, as results carry it.
    pub fn label(&self) -> String {
        format!("{} {}", self.card.name, self.model_hash.get(..12).unwrap_or_default())
    }

    /// Ground resolutions at which the model saw objects of `class` in training.
    pub fn trained_at(&self, class: &str) -> Trained {
        trained_at(Some(&self.card), class)
    }

    /// Whether the model was trained on `class`, or does not say what it was trained on.
    pub fn was_taught(&self, class: &str) -> bool {
        self.card.was_taught(class)
    }

    /// Presence below which what is asked for is probably not there, 0..=1.
    pub fn absent_below(&self) -> f32 {
        let stated = self.card.calibration.and_then(|calibration| calibration.absent_below);
        stated.map_or(UNSTATED_ABSENT_BELOW, |stated| stated as f32)
    }

    /// A question in the words the model was trained with.
    pub fn in_its_words(&self, question: &str) -> String {
        self.card.in_its_words(question)
    }

    /// Name of the device.
    pub fn device_name(&self) -> &str {
        &self.device.name
    }

    /// Why this device was chosen.
    pub fn device_reason(&self) -> &str {
        &self.device.reason
    }

    /// Reads a question, once for all views.
    ///
    /// # Errors
    /// When the sentence has more tokens than the network reads.
    pub fn read(&self, asked: &Asked) -> Result<Question> {
        let device = &self.device.device;
        let words = match &self.network {
            Network::Lite { text, .. } => {
                let Asked { sentence, object, position } = asked;
                let views = TokenViews::from_spans(&self.word_piece, sentence, object, position, LITE_TOKENS)?;
                Words::Lite(Box::new(read_lite(text, &views, device)))
            }
            Network::FiaNet { network, tokens, rule } => {
                let parts = Decoupled::new(*rule, &asked.sentence);
                let views = TokenViews::official(&self.word_piece, &asked.sentence, &parts, *tokens)?;
                if views.dropped > 0 {
                    return Err(Error::usage(
                        format!("cannot ask \"{}\"", asked.sentence),
                        format!("it has {} tokens and the model reads {tokens}", tokens + views.dropped),
                        "shorten the phrase",
                    ));
                }
                let input = TextInput {
                    ids: ids(&views, 1, device),
                    context: mask(&[&views.sentence], device),
                    object: mask(&[&views.object], device),
                    position: mask(&[&views.position], device),
                };
                Words::FiaNet(Box::new(network.read(&input, &Trace::off())))
            }
        };
        Ok(Question { words })
    }

    /// Looks at a view.
    ///
    /// Features are rounded to the 16 bits in which they are kept, so that an answer does not depend on whether they were.
    ///
    /// # Errors
    /// When a side of the view is no multiple of 32.
    pub fn see(&self, view: &View) -> Result<Sight> {
        let (device, height, width) = (&self.device.device, view.height, view.width);
        let seen = match &self.network {
            Network::Lite { network, .. } => {
                let features = network.encode(lite::normalise(&view.rgb, height, width, device)?)?;
                Self::seen(features.kept()?, device)?
            }
            Network::FiaNet { .. } => Seen::FiaNet(Box::new(fianet::normalise(&view.rgb, height, width, device)?)),
        };
        Ok(Sight { width, height, seen })
    }

    fn seen(kept: KeptFeatures, device: &Device) -> Result<Seen> {
        Ok(Seen::Lite { features: Box::new(kept.restore(device)?), kept: Box::new(kept) })
    }

    /// A view of `[width, height]` pixels that was seen before, from what [`Sight::to_bytes`] gave.
    ///
    /// # Errors
    /// When the bytes are damaged or of a view of another size.
    pub fn recall(&self, [width, height]: [usize; 2], bytes: &[u8]) -> Result<Sight> {
        let seen = Self::seen(KeptFeatures::from_bytes(bytes)?, &self.device.device)?;
        match &seen {
            Seen::Lite { features, .. } if features.size() == (height, width) => Ok(Sight { width, height, seen }),
            _ => Err(Error::new("cannot recall a view", "what was kept is of another size", "remove the cache")),
        }
    }

    /// Answers questions about a view that was seen, one tile a question.
    ///
    /// # Errors
    /// When questions or sight come from another model, or the device fails.
    pub fn answer(&self, sight: &Sight, questions: &[Question]) -> Result<Vec<Tile>> {
        questions.iter().map(|question| self.answer_one(sight, question)).collect()
    }

    fn answer_one(&self, sight: &Sight, question: &Question) -> Result<Tile> {
        let (logits, presence) = match (&self.network, &sight.seen, &question.words) {
            (Network::Lite { network, .. }, Seen::Lite { features, .. }, Words::Lite(text)) => {
                let answer = network.answer(features, text, self.whole(), &[0])?;
                let line = self.card.calibration.and_then(|calibration| calibration.presence);
                let presence = match line {
                    Some(line) => answer.presence * line.scale + line.offset,
                    None => answer.presence,
                };
                (answer.logits, Some(activation::sigmoid(presence)))
            }
            (Network::FiaNet { network, .. }, Seen::FiaNet(image), Words::FiaNet(text)) => {
                (network.see((**image).clone(), text, &Trace::off()), None)
            }
            _ => return Err(anothers()),
        };
        // The softmax over background and target is the sigmoid of their difference. [1, 2, H, W] -> [1, 1, H, W]
        let temperature = self.card.calibration.and_then(|calibration| calibration.mask).unwrap_or(1.0);
        let margin = (logits.clone().narrow(1, 1, 1) - logits.narrow(1, 0, 1)) / temperature;
        Ok(Tile {
            width: sight.width,
            height: sight.height,
            probability: host(activation::sigmoid(margin).into_data())?,
            presence: presence.map(|p| host(p.into_data())).transpose()?.and_then(|p| p.first().copied()),
        })
    }

    /// How strongly each branch of the alignment speaks at each pixel of a view that was seen, in the order of [`Branch::ALL`]:
    /// tiles of strengths 0..=1 in place of probabilities.
    ///
    /// # Errors
    /// When the model is a FIANet, which mixes words and picture all the way, and as [`Engine::answer`].
    pub fn attention(&self, sight: &Sight, question: &Question) -> Result<[Tile; Branch::COUNT]> {
        match (&self.network, &sight.seen, &question.words) {
            (Network::Lite { network, .. }, Seen::Lite { features, .. }, Words::Lite(text)) => {
                let attention = network.attention(features, text, self.whole(), &[0])?; // [1, H, W, 3]
                let values = host(attention.into_data())?;
                let strengths = |branch| values.iter().skip(branch as usize).step_by(Branch::COUNT).copied().collect();
                let Sight { width, height, .. } = *sight;
                Ok(Branch::ALL.map(|branch| Tile { width, height, probability: strengths(branch), presence: None }))
            }
            (Network::FiaNet { .. }, ..) => Err(no_branches(&self.label())),
            _ => Err(anothers()),
        }
    }

    /// The box of a view that is its own frame.
    fn whole(&self) -> Tensor<2> {
        Tensor::from_data([[0.0f32, 0.0, 1.0, 1.0]], &self.device.device)
    }

    /// Largest difference of the probabilities of a small view between this engine and another one of the same model.
    fn difference_to(&self, other: &Self) -> Result<f32> {
        let (view, asked) = (self_test_view(), Asked::noun_phrase("the storage tanks"));
        let answer = |engine: &Self| -> Result<Tile> { engine.answer_one(&engine.see(&view)?, &engine.read(&asked)?) };
        let (mine, theirs) = (answer(self)?, answer(other)?);
        let differences = mine.probability.iter().zip(&theirs.probability).map(|(a, b)| (a - b).abs());
        // A NaN must count as a difference, so it may not vanish in a maximum.
        Ok(differences.fold(0.0, |worst, d| if d.is_nan() { f32::INFINITY } else { worst.max(d) }))
    }
}

/// Largest difference of a probability between GPU and processor that rounding explains.
const SELF_TEST_TOLERANCE: f32 = 0.02;
/// Side of the self-test's view. The size of a query's window, so that the kernels tuned here are those used later.
const SELF_TEST_SIDE: usize = 480;

/// A view of pale discs on dark ground, made from a formula.
fn self_test_view() -> View {
    let side = SELF_TEST_SIDE;
    let mut rgb = Vec::with_capacity(side * side * 3);
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = ((x % 96) as f32 - 48.0, (y % 96) as f32 - 48.0);
            let disc = dx.hypot(dy) < 30.0;
            let grain = ((x * 7 + y * 13) % 17) as u8;
            rgb.extend(if disc { [210 + grain, 205 + grain, 200] } else { [70 + grain, 80 + grain, 75] });
        }
    }
    View { rgb, valid: vec![true; side * side], width: side, height: side }
}

fn ids(views: &TokenViews, copies: usize, device: &Device) -> Tensor<2, Int> {
    let row: Vec<i32> = views.ids.iter().map(|id| *id as i32).collect();
    Tensor::from_data(TensorData::new(row.repeat(copies), [copies, views.ids.len()]), device)
}

fn mask(rows: &[&[bool]], device: &Device) -> Tensor<2> {
    let tokens = rows.first().map_or(0, |row| row.len());
    let values: Vec<f32> = rows.iter().flat_map(|row| row.iter().map(|on| f32::from(*on))).collect();
    Tensor::from_data(TensorData::new(values, [rows.len(), tokens]), device)
}

/// One run of the text encoder on the three masks of a sentence, `[3, T]` in, `[1, T, 384]` each out.
fn read_lite(text: &Bert, views: &TokenViews, device: &Device) -> TextFeatures {
    let masks = mask(&[&views.sentence, &views.object, &views.position], device);
    let hidden = text.forward(ids(views, 3, device), masks.clone(), &Trace::off());
    let part = |i| Text { hidden: hidden.clone().narrow(0, i, 1), mask: masks.clone().narrow(0, i, 1) };
    TextFeatures { sentence: part(0), object: part(1), position: part(2) }
}

/// The refusal of what another model read or saw.
fn anothers() -> Error {
    Error::new(
        "cannot answer the question",
        "it was read, or the view was seen, by another model",
        "read the question again after changing the model",
    )
}

fn host(data: TensorData) -> Result<Vec<f32>> {
    data.try_to_vec::<f32>().map_err(|cause| {
        Error::new("cannot read the network's answer", format!("{cause:?}"), "this is a bug, please report it")
    })
}
