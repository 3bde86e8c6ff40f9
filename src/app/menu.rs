//! Names, shortcuts and explanations of the commands that menus and the palette show.

mod train;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::command::Command;
use super::map::Tool;
use super::state::{Dialog, Draws, ThemeChoice};
use super::theme::Icon;
use crate::query::Branch;

/// The menus of the menu bar, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are what the menus show")]
pub enum Menu {
    File,
    Edit,
    View,
    Layer,
    Ask,
    Label,
    Train,
    Tools,
    Help,
}

impl Menu {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::File, Self::Edit, Self::View, Self::Layer, Self::Ask, Self::Label, Self::Train, Self::Tools, Self::Help];

    /// As the menu bar shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Layer => "Layer",
            Self::Ask => "Ask",
            Self::Label => "Label",
            Self::Train => "Train",
            Self::Tools => "Tools",
            Self::Help => "Help",
        }
    }
}

/// A command as menus show it.
#[derive(Debug, Clone)]
pub struct Item {
    /// What it does.
    pub command: Command,
    /// The menu it stands in.
    pub menu: Menu,
    /// Begins a new group of its menu.
    pub starts_group: bool,
    /// Its name.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Its keys.
    pub keys: Option<KeyboardShortcut>,
    /// Its icon.
    pub icon: Option<Icon>,
}

const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const PLAIN: Modifiers = Modifiers::NONE;

/// All commands with a name, in the order of the menus.
pub fn items() -> Vec<Item> {
    use Command as C;
    let mut items = Vec::new();
    let mut menu = |of: Menu, groups: Vec<Vec<Item>>| {
        for group in groups {
            items.extend(group.into_iter().enumerate().map(|(n, item)| Item {
                menu: of,
                starts_group: n == 0,
                ..item
            }));
        }
    };
    menu(
        Menu::File,
        vec![
            vec![
                item(C::OpenDialog, "Open…", "Open rasters or polygons as layers")
                    .keys(CTRL, Key::O)
                    .icon(Icon::Folder),
                item(C::OpenSample, "Open sample scene", "Storage tanks and ships in the port of Rotterdam")
                    .icon(Icon::Raster),
                item(C::ClearRecent, "Forget recent files", "Empty the list of files opened last"),
            ],
            vec![
                item(C::ShowExport, "Export…", "Write the objects or the mask of the selected query to a file")
                    .keys(CTRL, Key::E)
                    .icon(Icon::Save),
                item(C::OpenExportFolder, "Open export folder", "Show the folder of the last export"),
                item(
                    C::CopyCommandLine,
                    "Copy command line",
                    "Copy the command that gives the selected query's result",
                )
                .keys(CTRL_SHIFT, Key::C)
                .icon(Icon::Copy),
            ],
            vec![
                item(C::NewProjectDialog, "New project…", "Make a file for labels, in the coordinates of this map")
                    .keys(CTRL, Key::N),
                item(C::OpenProjectDialog, "Open project…", "Open a file of labels that Referent made")
                    .keys(CTRL_SHIFT, Key::O),
                item(
                    C::CopyProjectDialog,
                    "Save copy of project as…",
                    "Write the labels as they are now to another file",
                )
                .keys(CTRL_SHIFT, Key::S),
                item(C::CloseProject, "Close project", "Put the labels away; every edit is in their file already"),
            ],
            vec![
                item(C::Show(Some(Dialog::Settings)), "Settings…", "Look and size of the window")
                    .keys(CTRL, Key::Comma)
                    .icon(Icon::Gear),
                item(C::Quit, "Quit", "Close the window").keys(CTRL, Key::Q),
            ],
        ],
    );
    menu(
        Menu::Edit,
        vec![
            vec![
                item(C::Undo, "Undo", "Take the last change back").keys(CTRL, Key::Z).icon(Icon::Undo),
                item(C::Redo, "Redo", "Do again what was taken back").keys(CTRL_SHIFT, Key::Z).icon(Icon::Redo),
            ],
            vec![
                item(C::SelectAll, "Select all objects", "Select every object of the selected query, or every label")
                    .keys(CTRL, Key::A),
                item(C::SelectNone, "Select nothing", "Deselect all objects and labels").keys(CTRL_SHIFT, Key::A),
            ],
            vec![
                item(C::DeleteObjects, "Delete objects", "Delete the selected objects or labels")
                    .keys(PLAIN, Key::Delete)
                    .icon(Icon::Trash),
                item(C::MergeObjects, "Merge objects", "Make one object or label of the selected ones")
                    .keys(CTRL, Key::M)
                    .icon(Icon::Merge),
            ],
        ],
    );
    menu(
        Menu::View,
        vec![
            vec![
                item(C::ZoomIn, "Zoom in", "Closer").keys(CTRL, Key::Plus).icon(Icon::ZoomIn),
                item(C::ZoomOut, "Zoom out", "Farther").keys(CTRL, Key::Minus).icon(Icon::ZoomOut),
                item(C::ZoomFull, "Zoom to everything", "Show all layers").keys(CTRL_SHIFT, Key::F).icon(Icon::Fit),
                item(C::ZoomToSelection, "Zoom to selection", "Show the selected objects or labels")
                    .keys(CTRL, Key::J)
                    .icon(Icon::Target),
                item(C::OneToOne, "Pixel by pixel", "Show one pixel of the raster as one pixel of the screen")
                    .keys(CTRL, Key::Num1)
                    .icon(Icon::OneToOne),
            ],
            vec![
                item(C::ToggleLayers, "Layers", "Show or hide the list of layers")
                    .keys(PLAIN, Key::F5)
                    .icon(Icon::Layers),
                item(C::ToggleSwipe, "Compare two layers", "Show two layers side by side with a divider to drag")
                    .keys(PLAIN, Key::F4),
                item(
                    C::ToggleSight,
                    "What the model sees",
                    "Show the window of the network at the cursor as the network gets it, and whether it knows the scale",
                )
                .keys(PLAIN, Key::F3)
                .icon(Icon::Eye),
                item(C::ToggleResults, "Results table", "Show or hide the objects of the selected query")
                    .keys(PLAIN, Key::F6)
                    .icon(Icon::Table),
                item(C::ToggleLabels, "Labels", "Show or hide the labels of the project")
                    .keys(PLAIN, Key::F8)
                    .icon(Icon::Tag),
                item(C::ToggleTrain, "Training", "Show or hide the panel that teaches a model")
                    .keys(PLAIN, Key::F9)
                    .icon(Icon::Chip),
                item(C::ToggleLog, "Log", "Show or hide messages and errors").keys(PLAIN, Key::F7).icon(Icon::Log),
            ],
            vec![
                item(C::ToggleTheme, "Light or dark", "Change between light and dark")
                    .keys(CTRL_SHIFT, Key::D)
                    .icon(Icon::Moon),
                item(C::SetTheme(ThemeChoice::System), "Look as the desktop", "Light or dark as the desktop is"),
                item(C::LargerText, "Larger text", "Make text and controls larger").keys(CTRL_SHIFT, Key::Plus),
                item(C::SmallerText, "Smaller text", "Make text and controls smaller").keys(CTRL_SHIFT, Key::Minus),
                item(C::UsualText, "Usual text size", "Give text and controls their usual size").keys(CTRL, Key::Num0),
                item(C::ToggleFullscreen, "Full screen", "Cover the whole screen, or no longer").keys(PLAIN, Key::F11),
            ],
        ],
    );
    menu(
        Menu::Layer,
        vec![
            vec![
                item(C::ZoomToLayer, "Zoom to layer", "Show all of the selected layer")
                    .keys(CTRL_SHIFT, Key::J)
                    .icon(Icon::Fit),
                item(C::RenameSelected, "Rename layer", "Give the selected layer another name")
                    .keys(PLAIN, Key::F2)
                    .icon(Icon::Pencil),
                item(C::RaiseLayer, "Raise layer", "Draw the selected layer over the next one")
                    .keys(CTRL, Key::ArrowUp)
                    .icon(Icon::ArrowUp),
                item(C::LowerLayer, "Lower layer", "Draw the selected layer under the one below")
                    .keys(CTRL, Key::ArrowDown)
                    .icon(Icon::ArrowDown),
            ],
            vec![
                item(C::RemoveSelected, "Remove layer", "Take the selected layer away; its file stays")
                    .keys(CTRL, Key::D)
                    .icon(Icon::Trash),
            ],
        ],
    );
    menu(
        Menu::Ask,
        vec![
            vec![
                item(C::FocusPhrase, "Type a phrase", "Put the cursor into the phrase")
                    .keys(CTRL, Key::L)
                    .icon(Icon::Search),
                item(C::Ask, "Find", "Ask the phrase of the scene").keys(CTRL, Key::Enter).icon(Icon::Search),
                item(C::AskAgain, "Find again", "Ask the phrase of the selected query once more")
                    .keys(CTRL, Key::R)
                    .icon(Icon::Again),
                item(C::CancelAll, "Stop", "Stop what is running and keep what is there")
                    .keys(CTRL, Key::Period)
                    .icon(Icon::Stop),
            ],
            vec![
                item(
                    C::ToggleAttention(Branch::Sentence),
                    "Sentence attention",
                    "Show how strongly the sentence of the selected query answers to each place, or no longer",
                ),
                item(
                    C::ToggleAttention(Branch::Object),
                    "Object attention",
                    "Show how strongly the words of the object speak at each place, or no longer",
                ),
                item(
                    C::ToggleAttention(Branch::Position),
                    "Position attention",
                    "Show how much the words of position let through at each place, or no longer",
                ),
            ],
            vec![item(C::ClearArea, "Forget drawn area", "Take the drawn rectangle off the map")],
        ],
    );
    menu(Menu::Label, labelling());
    menu(Menu::Train, train::groups());
    menu(
        Menu::Tools,
        vec![vec![
            item(C::UseTool(Tool::Pan), "Pan tool", "Drag moves the map, a click selects")
                .keys(PLAIN, Key::V)
                .icon(Icon::Hand),
            item(C::UseTool(Tool::Select), "Select tool", "A click or a dragged box selects objects")
                .keys(PLAIN, Key::S)
                .icon(Icon::Cursor),
            item(C::UseTool(Tool::Area), "Area tool", "Drag the rectangle to search in")
                .keys(PLAIN, Key::R)
                .icon(Icon::Area),
            item(C::UseTool(Tool::Measure), "Measure tool", "Click a line; its length and area are shown")
                .keys(CTRL_SHIFT, Key::M)
                .icon(Icon::Ruler),
        ]],
    );
    menu(
        Menu::Help,
        vec![
            vec![
                item(C::Show(Some(Dialog::Palette)), "Command palette…", "Search all commands")
                    .keys(CTRL, Key::K)
                    .icon(Icon::Command),
                item(C::Show(Some(Dialog::Shortcuts)), "Keyboard shortcuts…", "All keys")
                    .keys(PLAIN, Key::F1)
                    .icon(Icon::Keyboard),
            ],
            vec![
                item(C::Show(Some(Dialog::About)), "About Referent…", "Version, graphics card, drivers, licences")
                    .icon(Icon::Info),
            ],
        ],
    );
    items
}

/// Drawing and naming what a model is to learn.
fn labelling() -> Vec<Vec<Item>> {
    use Command as C;
    let tool = |tool, name, about, key, icon| item(C::UseTool(tool), name, about).keys(PLAIN, key).icon(icon);
    let (brush, eraser) = (Tool::Brush { radius: 0.0 }, Tool::Eraser { radius: 0.0 });
    vec![
        vec![
            tool(
                Tool::Polygon,
                "Polygon tool",
                "Click corners; a double click or Enter closes, Backspace takes one back",
                Key::P,
                Icon::Polygons,
            ),
            tool(
                Tool::Rectangle,
                "Rectangle tool",
                "Drag from corner to corner, with Shift a square",
                Key::X,
                Icon::Square,
            ),
            tool(Tool::Circle, "Circle tool", "Drag from the middle to the edge", Key::C, Icon::Circle),
            tool(Tool::Freehand, "Freehand tool", "Drag along the outline", Key::F, Icon::Freehand),
            tool(brush, "Brush", "Paint a new label, or more of the selected one", Key::B, Icon::Brush),
            tool(eraser, "Eraser", "Take away from the selected labels, or from any", Key::E, Icon::Eraser),
            item(
                C::EditCorners,
                "Corner tool",
                "Drag corners of the selected label, or the middle of an edge; Delete removes one",
            )
            .keys(PLAIN, Key::N)
            .icon(Icon::Corners),
            tool(Tool::Line, "Split tool", "Click a line right through a label; Enter ends it", Key::K, Icon::Knife),
            item(C::WiderBrush, "Wider brush", "Make brush and eraser wider").keys(PLAIN, Key::CloseBracket),
            item(C::NarrowerBrush, "Narrower brush", "Make brush and eraser narrower").keys(PLAIN, Key::OpenBracket),
        ],
        vec![
            item(C::Accept, "Accept result", "Keep the selected objects of a result, or all, as labels")
                .keys(PLAIN, Key::A)
                .icon(Icon::Check),
            item(C::FillHoles, "Fill holes", "Close the holes of the selected labels").keys(PLAIN, Key::H),
        ],
        vec![
            item(C::FocusLabelPhrase, "Name labels", "Type what the selected labels are called")
                .keys(CTRL_SHIFT, Key::L)
                .icon(Icon::Tag),
            item(C::AbsentInView, "Not in view", "Keep that what is typed as absent is nowhere in view"),
            item(C::SetDraws(Draws::Absence), "Draw where it is not", "Draw an area in which there is none of it")
                .icon(Icon::Absent),
        ],
        vec![
            item(C::ToggleLabelLayer, "Show labels", "Show or hide labels on the map").keys(CTRL_SHIFT, Key::H),
            item(C::ToggleLabelNames, "Phrases on the map", "Write on the map what labels are called, or no longer"),
        ],
        vec![
            item(
                C::KeepWaiting,
                "Keep waiting drawings",
                "Try again to keep what was drawn before a project was there",
            ),
            item(C::DropWaiting, "Give up waiting drawings", "Forget what was drawn before a project was there"),
        ],
    ]
}

fn item(command: Command, name: &'static str, about: &'static str) -> Item {
    Item { command, menu: Menu::File, starts_group: false, name, about, keys: None, icon: None }
}

impl Item {
    fn keys(self, modifiers: Modifiers, key: Key) -> Self {
        Self { keys: Some(KeyboardShortcut::new(modifiers, key)), ..self }
    }

    fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// Whether its keys mean something else while text is typed.
    pub fn yields_to_text(&self) -> bool {
        self.keys.is_some_and(|keys| {
            let editing = [Key::A, Key::Z, Key::ArrowUp, Key::ArrowDown, Key::Delete].contains(&keys.logical_key);
            let types = !keys.modifiers.command && !keys.modifiers.alt && !is_function_key(keys.logical_key);
            editing || types
        })
    }
}

/// Keys as they are written on the keyboard: "Ctrl+," and not "Ctrl+Comma".
pub fn keys_text(ctx: &egui::Context, keys: &KeyboardShortcut) -> String {
    let signs = [
        ("Comma", ","),
        ("Period", "."),
        ("Plus", "+"),
        ("Minus", "-"),
        ("OpenBracket", "["),
        ("CloseBracket", "]"),
        ("ArrowUp", "Up"),
        ("ArrowDown", "Down"),
    ];
    let text = ctx.format_shortcut(keys);
    let sign = signs.iter().find_map(|(name, sign)| Some(format!("{}{sign}", text.strip_suffix(name)?)));
    sign.unwrap_or(text)
}

fn is_function_key(key: Key) -> bool {
    let name = key.name();
    name.len() > 1 && name.starts_with('F') && name[1..].chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_name_or_keys() {
        let items = items();
        for (n, item) in items.iter().enumerate() {
            for other in &items[..n] {
                assert_ne!(item.name, other.name);
                assert!(item.keys.is_none() || item.keys != other.keys, "{} and {}", item.name, other.name);
            }
        }
    }

    #[test]
    fn plain_letters_are_left_to_whoever_types() {
        let items = items();
        let yields = |name: &str| items.iter().find(|item| item.name == name).unwrap().yields_to_text();
        assert!(yields("Pan tool") && yields("Undo") && yields("Delete objects"));
        assert!(!yields("Results table") && !yields("Command palette…"));
    }
}
