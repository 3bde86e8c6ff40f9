//! `referent [SCENE...]`: what the window is to show when it opens.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::error::{Error, Result};

/// Arguments of `referent` without a command.
#[derive(Debug, Args)]
#[group(id = "window")]
pub(super) struct Arguments {
    /// Rasters or polygons to open in the window
    #[arg(value_name = "SCENE")]
    scenes: Vec<PathBuf>,
    /// Looks for this as soon as the scene is open
    #[arg(long)]
    phrase: Option<String>,
    /// Saves a picture of the window once everything is there, and ends
    #[arg(long, value_name = "FILE.png")]
    screenshot: Option<PathBuf>,
    /// Size of the window
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Light or dark, whatever is remembered
    #[arg(long, value_enum)]
    theme: Option<Theme>,
    /// Does a command of the menus, by its name, before the picture is taken; may be given several times
    #[arg(long = "do", value_name = "COMMAND", requires = "screenshot")]
    commands: Vec<String>,
}

/// What the window is to show when it opens.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowRequest {
    /// Files to open.
    pub scenes: Vec<PathBuf>,
    /// What to look for at once.
    pub phrase: Option<String>,
    /// Where a picture of the window is saved before the program ends.
    pub screenshot: Option<PathBuf>,
    /// Width and height of the window in points.
    pub size: Option<[f32; 2]>,
    /// Light or dark.
    pub theme: Option<Theme>,
    /// Names of commands to do before the picture is taken.
    pub commands: Vec<String>,
}

/// Values of `--theme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// Dark text on light ground
    Light,
    /// Light text on dark ground
    Dark,
}

/// Value of `--size`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Size([f32; 2]);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        /// Smallest and largest side of a window.
        const SIDES: std::ops::RangeInclusive<u16> = 200..=8192;
        let sides =
            text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some([w.trim().parse().ok()?, h.trim().parse().ok()?]));
        match sides {
            Some(sides) if sides.iter().all(|side| SIDES.contains(side)) => Ok(Self(sides.map(f32::from))),
            _ => Err(format!(
                "expected WIDTHxHEIGHT with sides of {} to {}, such as 1280x800",
                SIDES.start(),
                SIDES.end()
            )),
        }
    }
}

impl Arguments {
    /// What the window is to show.
    ///
    /// # Errors
    /// For a single word that is neither a command nor a file: it was meant as a command.
    pub(super) fn request(self) -> Result<WindowRequest> {
        let Self { scenes, phrase, screenshot, size, theme, commands } = self;
        if let Some(word) = scenes.first().filter(|path| !path.exists()) {
            let shown = word.display().to_string();
            if !shown.contains(['.', '/', '\\', ':']) {
                let remedy = "referent --help lists the commands";
                return Err(Error::usage(format!("cannot do {shown}"), "it is neither a command nor a file", remedy));
            }
        }
        Ok(WindowRequest { scenes, phrase, screenshot, size: size.map(|Size(sides)| sides), theme, commands })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_sides() {
        assert_eq!("1280x800".parse(), Ok(Size([1280.0, 800.0])));
        for wrong in ["1280", "axb", "0x0", "-5x100", "99999x2"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
