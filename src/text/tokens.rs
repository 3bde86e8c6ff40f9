//! Tokens: a sentence as the ids a text encoder reads, and the three masks laid over them.

use std::ops::Range;

use tokenizers::Tokenizer;

use super::official::Decoupled;
use crate::error::{Error, Result};

/// One token and the text it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Line of the vocabulary.
    pub id: u32,
    /// Bytes of the original text, on character boundaries. `[CLS]` has `0..0`, `[SEP]` `len..len`.
    pub span: Range<usize>,
}

/// The WordPiece tokenizer of `bert-base-uncased`, which both text encoders use.
///
/// Text is cleaned, lower-cased and freed of accents, cut at white space, punctuation and CJK characters, and
/// each word is matched greedily; a word that cannot be matched, or is longer than 100 characters, is `[UNK]`.
/// Names of special tokens in the text are plain text: a phrase cannot speak to the network behind the user's back.
pub struct WordPiece {
    tokenizer: Tokenizer,
    pad: u32,
}

impl std::fmt::Debug for WordPiece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WordPiece").field("pad", &self.pad).finish_non_exhaustive()
    }
}

impl WordPiece {
    /// Reads a `tokenizer.json`. Its own padding and truncation are switched off.
    ///
    /// # Errors
    /// When the bytes are no tokenizer, or one that does not put a sentence between two special tokens.
    pub fn from_bytes(json: &[u8]) -> Result<Self> {
        let unusable = |why: &str| {
            Error::new(
                "cannot read the tokenizer",
                why,
                "install Referent again, or give the model's own tokenizer.json",
            )
        };
        let mut tokenizer =
            Tokenizer::from_bytes(json).map_err(|cause| unusable("it is not a tokenizer.json").because(cause))?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|cause| unusable("its truncation cannot be switched off").because(cause))?;
        tokenizer.set_encode_special_tokens(true);
        let pad = tokenizer.token_to_id("[PAD]").ok_or_else(|| unusable("its vocabulary has no [PAD]"))?;
        let word_piece = Self { tokenizer, pad };
        match word_piece.count("") {
            Ok(2) => Ok(word_piece),
            Ok(_) => Err(unusable("it does not put [CLS] before and [SEP] after a sentence")),
            Err(cause) => Err(unusable("it cannot encode a sentence").because(cause)),
        }
    }

    /// The tokens of `text` from `[CLS]` to `[SEP]`, uncut.
    ///
    /// Spans come in order of their starts. Two spans overlap only where one character became several tokens
    /// (a Hangul syllable that is cut into its letters).
    ///
    /// # Errors
    /// When the vocabulary lacks `[UNK]` and the text needs it.
    pub fn encode(&self, text: &str) -> Result<Vec<Token>> {
        let encoding = self.tokenizer.encode(text, true).map_err(|cause| {
            Error::new("cannot split the phrase into tokens", "the vocabulary does not cover it", "use plain letters")
                .because(cause)
        })?;
        let special = encoding.get_special_tokens_mask();
        let spans = encoding.get_offsets();
        let token = |(at, &id): (usize, &u32)| {
            let span = match (special[at], at) {
                (0, _) => spans[at].0..spans[at].1,
                (_, 0) => 0..0,
                _ => text.len()..text.len(),
            };
            Token { id, span }
        };
        Ok(encoding.get_ids().iter().enumerate().map(token).collect())
    }

    /// Entries of the vocabulary: every id is smaller.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(false)
    }

    /// How many tokens `text` has, `[CLS]` and `[SEP]` included.
    ///
    /// # Errors
    /// As [`WordPiece::encode`].
    pub fn count(&self, text: &str) -> Result<usize> {
        Ok(self.encode(text)?.len())
    }
}

/// One token sequence of fixed length T and the three masks under which the text encoder reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenViews {
    /// T ids, `[PAD]` at the end.
    pub ids: Vec<u32>,
    /// T flags: the slots that hold a token, `[CLS]` and `[SEP]` included.
    pub sentence: Vec<bool>,
    /// T flags: the slots of the object part.
    pub object: Vec<bool>,
    /// T flags: the slots of the position part.
    pub position: Vec<bool>,
    /// Tokens that found no slot. Only [`TokenViews::official`] ever cuts.
    pub dropped: usize,
}

impl TokenViews {
    /// The form the `lite` network reads, T = `limit`.
    ///
    /// A part is any number of byte ranges of `sentence`; its tokens are those whose characters overlap one of
    /// them. A part without a token (an empty slice, or ranges over white space only) takes the sentence's mask.
    ///
    /// # Errors
    /// When the sentence has more than `limit` tokens. Nothing is ever cut.
    pub fn from_spans(
        word_piece: &WordPiece,
        sentence: &str,
        object: &[Range<usize>],
        position: &[Range<usize>],
        limit: usize,
    ) -> Result<Self> {
        let tokens = word_piece.encode(sentence)?;
        if tokens.len() > limit {
            return Err(too_long(sentence, &tokens, limit));
        }
        let mut views = Self::unmasked(word_piece, &tokens, limit);
        let under = |part: &[Range<usize>]| -> Vec<bool> {
            let flags: Vec<bool> =
                (0..limit).map(|slot| tokens.get(slot).is_some_and(|token| overlaps(token, part))).collect();
            if flags.contains(&true) { flags } else { views.sentence.clone() }
        };
        (views.object, views.position) = (under(object), under(position));
        Ok(views)
    }

    /// The form the published FIANet reads, T = `limit` (section 13 of the specification).
    ///
    /// The tail that does not fit is dropped, `[SEP]` with it, and counted in [`TokenViews::dropped`]. The masks
    /// are over *word* positions though the slots hold *WordPieces*, as in the released loader. The object mask may
    /// be empty; without a position phrase the position mask is the sentence's. Slots past T are cut.
    ///
    /// # Errors
    /// As [`WordPiece::encode`].
    pub fn official(word_piece: &WordPiece, sentence: &str, parts: &Decoupled, limit: usize) -> Result<Self> {
        let tokens = word_piece.encode(sentence)?;
        let mut views = Self::unmasked(word_piece, &tokens, limit);
        for (mask, slots) in [(&mut views.object, &parts.object), (&mut views.position, &parts.position)] {
            for &slot in slots {
                if let Some(flag) = mask.get_mut(slot) {
                    *flag = true;
                }
            }
        }
        // The loader asks whether a phrase was found, not whether a slot below T was set.
        if parts.position.is_empty() {
            views.position.clone_from(&views.sentence);
        }
        Ok(views)
    }

    /// As many of the tokens as fit, padded to `limit`, with empty part masks.
    fn unmasked(word_piece: &WordPiece, tokens: &[Token], limit: usize) -> Self {
        let used = tokens.len().min(limit);
        let mut ids: Vec<u32> = tokens[..used].iter().map(|token| token.id).collect();
        ids.resize(limit, word_piece.pad);
        Self {
            ids,
            sentence: (0..limit).map(|slot| slot < used).collect(),
            object: vec![false; limit],
            position: vec![false; limit],
            dropped: tokens.len() - used,
        }
    }
}

/// Whether a character of the token lies in one of the ranges.
fn overlaps(token: &Token, part: &[Range<usize>]) -> bool {
    part.iter().any(|range| token.span.start.max(range.start) < token.span.end.min(range.end))
}

/// The error for a sentence that does not fit, with the words at which it would have been cut.
fn too_long(sentence: &str, tokens: &[Token], limit: usize) -> Error {
    let room = limit.saturating_sub(2);
    // The last slot that may hold a word is `room`, so the first word token left over is the one after it.
    let from = tokens.get(room + 1).map_or(0, |token| token.span.start);
    let piece_of_word =
        sentence.get(..from).and_then(|head| head.rsplit(char::is_whitespace).next()).map_or(0, str::len);
    let tail = sentence.get(from - piece_of_word..).unwrap_or_default().trim();
    Error::usage(
        format!("the phrase is too long for this model: \"{}\"", shortened(sentence.trim())),
        format!("it has {} tokens and the model reads {limit}, start and end mark included", tokens.len()),
        format!("shorten it by {} tokens: there is no room from \"{}\" on", tokens.len() - limit, shortened(tail)),
    )
}

/// At most 60 characters of `text`, for a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
