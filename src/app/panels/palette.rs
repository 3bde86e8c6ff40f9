//! The command palette: all commands, found by a few letters of their names.

use egui::{
    Align, Color32, CornerRadius, FontId, Frame, Id, Key, Label, Layout, Margin, Modal, Modifiers, RichText, Role,
    ScrollArea, Sense, TextEdit, Ui, UiBuilder, Vec2, WidgetInfo,
};

use crate::app::command::Command;
use crate::app::menu::{Item, items, keys_text};
use crate::app::state::State;
use crate::app::theme::{Colours, Icon, icon_label, key_cap};

/// What is typed, and which of the found commands is marked.
#[derive(Debug, Clone, Default)]
struct Typed {
    text: String,
    marked: usize,
}

pub(super) fn show(state: &State, ui: &Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let frame = Frame::window(ui.style()).inner_margin(Margin::same(10)).fill(colours.surface);
    let ctx = ui.ctx().clone();
    let id = Id::unique("palette");
    let mut typed = ctx.data(|data| data.get_temp::<Typed>(id)).unwrap_or_default();
    let response = Modal::new(id.with("modal"))
        .area(Modal::default_area(id.with("modal")).anchor(egui::Align2::CENTER_TOP, Vec2::new(0.0, 90.0)))
        .frame(frame)
        .show(&ctx, |ui| {
            ui.set_width(540.0f32.min(ctx.content_rect().width() - 40.0));
            let step = ui.input_mut(|input| {
                let down = input.consume_key(Modifiers::NONE, Key::ArrowDown);
                let up = input.consume_key(Modifiers::NONE, Key::ArrowUp);
                i64::from(down) - i64::from(up)
            });
            let line = Vec2::new(ui.available_width(), 30.0);
            ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
                ui.add_space(8.0);
                icon_label(ui, Icon::Search, colours.weak);
                let edit = TextEdit::singleline(&mut typed.text)
                    .frame(Frame::NONE)
                    .font(FontId::proportional(16.0))
                    .align(egui::Align2::LEFT_CENTER)
                    .hint_text("Search all commands")
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit).accessible_name("Search all commands");
                response.request_focus();
                if response.changed() {
                    typed.marked = 0;
                }
            });
            ui.separator();
            let found = search(&typed.text);
            let last = found.len().saturating_sub(1);
            typed.marked = (typed.marked as i64 + step).clamp(0, last as i64) as usize;
            let entered = ui.input(|input| input.key_pressed(Key::Enter));
            let mut chosen = None;
            ScrollArea::vertical().max_height(380.0).auto_shrink([false, true]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                for (n, item) in found.iter().enumerate() {
                    if entry(state, item, n == typed.marked, step != 0, ui) || (entered && n == typed.marked) {
                        chosen = Some(item.command.clone());
                    }
                }
                if found.is_empty() {
                    ui.label(RichText::new("No command has these letters").color(colours.weak));
                }
            });
            chosen
        });
    if let Some(command) = response.inner.clone() {
        if state.can(&command).is_ok() {
            ctx.data_mut(|data| data.remove::<Typed>(id));
            out.push(Command::Show(None));
            out.push(command);
        }
        return;
    }
    if response.should_close() {
        ctx.data_mut(|data| data.remove::<Typed>(id));
        out.push(Command::Show(None));
        return;
    }
    ctx.data_mut(|data| data.insert_temp(id, typed));
}

fn entry(state: &State, item: &Item, marked: bool, moved: bool, ui: &mut Ui) -> bool {
    let colours = Colours::in_use(ui);
    let can = state.can(&item.command);
    let (row, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 30.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, can.is_ok(), marked, item.name));
    let ground = match () {
        () if marked => colours.selected,
        () if response.hovered() => colours.button_hovered,
        () => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(row, CornerRadius::same(6), ground);
    let content = UiBuilder::new().max_rect(row.shrink2(Vec2::new(8.0, 2.0)));
    ui.scope_builder(content.layout(Layout::left_to_right(Align::Center)), |ui| {
        let ink = if can.is_ok() { colours.text } else { colours.weak };
        icon_label(ui, item.icon.unwrap_or(Icon::Command), if can.is_ok() { colours.accent } else { colours.weak });
        ui.add(Label::new(RichText::new(item.name.trim_end_matches('…')).color(ink)).selectable(false));
        let about = can.err().unwrap_or(item.about);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(keys) = &item.keys {
                key_cap(ui, &keys_text(ui.ctx(), keys));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(about).size(12.0).color(colours.weak);
                ui.add(Label::new(text).truncate().selectable(false));
            });
        });
    });
    if marked && moved {
        response.scroll_to_me(None);
    }
    response.clicked()
}

/// The commands whose names or explanations have the letters, best first.
fn search(text: &str) -> Vec<Item> {
    let mut found: Vec<(u32, Item)> =
        items().into_iter().filter_map(|item| Some((rank(text, item.name, item.about)?, item))).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, item)| item).collect()
}

/// How well a command fits, smaller is better: words of the name, letters of the name in order, words of the explanation.
fn rank(text: &str, name: &str, about: &str) -> Option<u32> {
    let (text, name, about) = (text.trim().to_lowercase(), name.to_lowercase(), about.to_lowercase());
    let all_words = |of: &str| text.split_whitespace().all(|word| of.contains(word));
    let mut letters = name.chars();
    let in_order = text.chars().filter(|c| !c.is_whitespace()).all(|c| letters.any(|l| l == c));
    match () {
        () if name.starts_with(&text) => Some(0),
        () if all_words(&name) => Some(1),
        () if in_order => Some(2),
        () if all_words(&about) => Some(3),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::search;

    #[test]
    fn commands_are_found_by_words_and_by_letters() {
        let first = |text: &str| search(text).first().map(|item| item.name);
        assert_eq!(first("zoom to sel"), Some("Zoom to selection"));
        assert_eq!(first("exp"), Some("Export…"));
        assert_eq!(first("mrgobj"), Some("Merge objects"));
        assert_eq!(first("clipboard zebra"), None);
        assert_eq!(search("").len(), crate::app::menu::items().len());
    }
}
