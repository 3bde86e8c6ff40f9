//! `referent info`: what a raster is.

use clap::Args;

use super::console;
use crate::error::Result;
use crate::raster::{Access, Description, Scene};

/// Arguments of `referent info`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Raster: any file GDAL opens
    scene: String,
    /// Prints one line of JSON
    #[arg(long)]
    json: bool,
    /// Lets the scene lie on the network
    #[arg(long)]
    remote: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<()> {
    let access = if arguments.remote { Access::AllowRemote } else { Access::LocalOnly };
    let description = Description::of(&Scene::open(&arguments.scene, access)?);
    if arguments.json {
        return console::say_json(&description);
    }
    console::say(description.to_string())?;
    Ok(())
}
