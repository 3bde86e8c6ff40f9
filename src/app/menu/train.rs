//! The Train menu: starting, stopping and using what was learned.

use egui::Key;

use super::{CTRL_SHIFT, Item, item};
use crate::app::command::Command as C;
use crate::app::state::TrainPage;
use crate::app::theme::Icon;
use crate::app::work::FolderFor;

/// Its groups of commands.
pub(super) fn groups() -> Vec<Vec<Item>> {
    vec![
        vec![
            item(C::ShowTrainPage(TrainPage::Form), "New run…", "Choose what a new model learns").icon(Icon::Plus),
            item(C::PickFolder(FolderFor::Learning), "Add data set…", "Add a folder of triplets to learn from")
                .icon(Icon::Folder),
        ],
        vec![
            item(C::StartTraining, "Start training", "Train as the Train panel says")
                .keys(CTRL_SHIFT, Key::T)
                .icon(Icon::Chip),
            item(C::PauseTraining, "Pause or go on", "Let the training wait after this step, or go on")
                .keys(CTRL_SHIFT, Key::P),
            item(C::KeepBest, "Stop and keep the best", "End the training; the best model goes into the list")
                .keys(CTRL_SHIFT, Key::K)
                .icon(Icon::Check),
            item(C::CancelTraining, "Cancel training", "Stop the training; its run can be taken up again")
                .icon(Icon::Stop),
        ],
        vec![
            item(C::UseTrained, "Use the new model", "Ask the next phrase of the model that was trained")
                .keys(CTRL_SHIFT, Key::U),
            item(
                C::AskWithTrained,
                "Find again with the new model",
                "Ask the phrase of the selected query of the trained model and compare both answers",
            )
            .keys(CTRL_SHIFT, Key::R)
            .icon(Icon::Again),
            item(C::RollBack { removes: false }, "Roll back", "Ask the model from before again")
                .keys(CTRL_SHIFT, Key::B)
                .icon(Icon::Undo),
            item(
                C::RollBack { removes: true },
                "Roll back and remove",
                "Ask the model from before again and take the new one off the list",
            )
            .icon(Icon::Trash),
            item(C::PublishTrained, "Put the model into the list", "Let the model of the run shown be picked again"),
            item(C::OpenRunFolder, "Open run folder", "Show the files of the run shown").icon(Icon::Folder),
        ],
    ]
}
