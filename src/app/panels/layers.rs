//! The list of layers, topmost first, and the properties of the selected one.

use egui::{
    Align, Color32, CornerRadius, CursorIcon, Frame, Id, Label, Layout, Margin, Panel, RichText, Role, ScrollArea,
    Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo,
};

use super::{query_style, scene_style};
use crate::app::command::Command;
use crate::app::map::LayerId;
use crate::app::menu::items;
use crate::app::state::{Content, Layer, State, Tab};
use crate::app::theme::{
    Colours, Icon, LABEL_COLOUR, Scale, heading, icon_button, icon_label, rename_to, slider, weak,
};

/// Height of a layer's row.
const HEIGHT: f32 = 30.0;

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    if let Some(layer) = state.selected_layer() {
        let most = (ui.available_height() - 130.0).max(120.0);
        // A result has more of them; each kind keeps its own height.
        let (name, usual) = match layer.content {
            Content::Query(_) => ("properties of a result", 424.0),
            Content::Scene(_) | Content::File(_) => ("properties", 390.0),
        };
        Panel::bottom(name)
            .frame(Frame::new().inner_margin(Margin::symmetric(12, 10)))
            .default_size(most.min(usual))
            .size_range(120.0..=most)
            .resizable(true)
            .show(ui, |ui| {
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| properties(state, layer, ui, out));
            });
    }
    Frame::new().inner_margin(Margin { left: 12, right: 8, top: 8, bottom: 4 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            heading(ui, "Layers");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Plus, "Open a raster (Ctrl+O)").clicked() {
                    out.push(Command::OpenDialog);
                }
            });
        });
    });
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        labels(state, ui, out);
        let last = state.layers.len().saturating_sub(1);
        for (n, layer) in state.layers.iter().rev().enumerate() {
            row(state, layer, last - n, ui, out);
        }
    });
}

/// The project's labels, which lie over all layers.
fn labels(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let Some(project) = &state.project else { return };
    let colours = Colours::in_use(ui);
    let (row, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::click());
    let name = format!("Labels of {}", project.name());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    let response = response.on_hover_cursor(CursorIcon::Default).on_hover_text(project.path.display().to_string());
    let row = row.shrink2(Vec2::new(8.0, 0.0));
    let ground = if response.hovered() { colours.button_hovered } else { Color32::TRANSPARENT };
    ui.painter().rect_filled(row, CornerRadius::same(6), ground);
    let content = UiBuilder::new().max_rect(row.shrink2(Vec2::new(4.0, 2.0)));
    ui.scope_builder(content.layout(Layout::left_to_right(Align::Center)), |ui| {
        let shown = state.labelling.visible;
        let (eye, what) = if shown { (Icon::Eye, "Hide labels") } else { (Icon::EyeClosed, "Show labels") };
        if icon_button(ui, eye, what).clicked() {
            out.push(Command::ShowLabelLayer(!shown));
        }
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
        ui.painter().rect_filled(rect.shrink(1.0), CornerRadius::same(3), LABEL_COLOUR);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(weak(project.snapshot().labels.len().to_string()));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new("Labels");
                let text = if shown { text } else { text.color(colours.weak) };
                ui.add(Label::new(text).truncate().selectable(false).sense(Sense::hover()));
            });
        });
    });
    if response.clicked() {
        out.push(Command::ShowTab(Some(Tab::Labels)));
    }
}

fn row(state: &State, layer: &Layer, place: usize, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let selected = state.selected == Some(layer.id);
    let (row, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let name = format!("Layer {}", layer.name);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, &name));
    let response = response.on_hover_cursor(CursorIcon::Default);
    let ground = match () {
        () if selected => colours.selected,
        () if response.hovered() => colours.button_hovered,
        () => Color32::TRANSPARENT,
    };
    let row = row.shrink2(Vec2::new(8.0, 0.0));
    ui.painter().rect_filled(row, CornerRadius::same(6), ground);
    let content = UiBuilder::new().max_rect(row.shrink2(Vec2::new(4.0, 2.0)));
    ui.scope_builder(content.layout(Layout::left_to_right(Align::Center)), |ui| inside(state, layer, ui, out));
    if response.clicked() {
        out.push(Command::SelectLayer(Some(layer.id)));
    }
    if response.double_clicked() {
        out.push(Command::StartRenaming(Some(layer.id)));
    }
    response.dnd_set_drag_payload(layer.id);
    if response.dnd_hover_payload::<LayerId>().is_some_and(|dragged| *dragged != layer.id) {
        let line = response.rect.shrink2(Vec2::new(8.0, 0.0));
        ui.painter().hline(line.x_range(), line.top(), Stroke::new(2.0, colours.accent));
    }
    if let Some(dragged) = response.dnd_release_payload::<LayerId>() {
        out.push(Command::MoveLayer(*dragged, place));
    }
    response.context_menu(|ui| {
        ui.set_min_width(180.0);
        let wanted = [
            Command::ZoomTo(layer.id),
            Command::StartRenaming(Some(layer.id)),
            Command::MoveLayer(layer.id, place + 1),
            Command::MoveLayer(layer.id, place.saturating_sub(1)),
            Command::RemoveLayer(layer.id),
        ];
        for (name, command) in ["Zoom to layer", "Rename", "Raise", "Lower", "Remove"].iter().zip(wanted) {
            if ui.button(*name).clicked() {
                out.push(Command::SelectLayer(Some(layer.id)));
                out.push(command);
            }
        }
    });
}

fn inside(state: &State, layer: &Layer, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let (eye, what) = if layer.visible { (Icon::Eye, "Hide") } else { (Icon::EyeClosed, "Show") };
    if icon_button(ui, eye, &format!("{what} {}", layer.name)).clicked() {
        out.push(Command::SetVisible(layer.id, !layer.visible));
    }
    match layer.colour() {
        Some(colour) => {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), Sense::hover());
            ui.painter().rect_filled(rect.shrink(1.0), CornerRadius::same(3), colour);
        }
        None => {
            icon_label(ui, layer.icon(), colours.weak);
        }
    }
    if state.renaming == Some(layer.id) {
        let id = Id::unique(("rename", layer.id.0));
        ui.memory_mut(|memory| {
            if memory.focused().is_none() {
                memory.request_focus(id.with("field"));
            }
        });
        let [gave_up, entered] =
            [egui::Key::Escape, egui::Key::Enter].map(|key| ui.input(|input| input.key_pressed(key)));
        let name = rename_to(ui, id, &layer.name, "Name of the layer");
        match name {
            Some(name) if !gave_up => out.push(Command::Rename(layer.id, name)),
            _ if gave_up || entered => out.push(Command::StartRenaming(None)),
            _ => {}
        }
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if let Content::Query(query) = &layer.content {
            ui.label(weak(query.drawn.ids.len().to_string()));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = RichText::new(&layer.name);
            let text = if layer.visible { text } else { text.color(colours.weak) };
            ui.add(Label::new(text).truncate().selectable(false).sense(Sense::hover()));
        });
    });
}

fn properties(state: &State, layer: &Layer, ui: &mut Ui, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let title = match &layer.content {
            Content::Scene(_) => "Raster",
            Content::Query(_) => "Result",
            Content::File(_) => "Polygons",
        };
        heading(ui, title);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for item in items() {
                let shown = matches!(
                    item.command,
                    Command::RemoveSelected | Command::LowerLayer | Command::RaiseLayer | Command::ZoomToLayer
                );
                if let (true, Some(icon)) = (shown, item.icon) {
                    let can = state.can(&item.command).is_ok();
                    ui.add_enabled_ui(can, |ui| {
                        if icon_button(ui, icon, item.name).clicked() {
                            out.push(item.command.clone());
                        }
                    });
                }
            }
        });
    });
    slider_row(ui, "Opacity", |ui| {
        let scale = Scale::even(0.0..=100.0, 0, " %");
        let percent = f64::from(layer.opacity) * 100.0;
        if let Some(percent) = slider(ui, "Opacity", "How much of what lies below is covered", percent, &scale) {
            out.push(Command::SetOpacity(layer.id, percent as f32 / 100.0));
        }
    });
    match &layer.content {
        Content::Scene(scene) => scene_style::show(layer, scene, ui, out),
        Content::Query(query) => query_style::show(state, layer, query, ui, out),
        Content::File(file) => {
            ui.label(weak(format!("{} polygons", file.polygons.all().len())));
            ui.label(weak(file.path.display().to_string()));
        }
    }
}

/// A caption of fixed width and what it stands for.
pub(super) fn slider_row(ui: &mut Ui, caption: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(78.0, crate::app::theme::ROW - 4.0), Sense::hover());
        let colours = Colours::in_use(ui);
        let font = egui::FontId::proportional(12.5);
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, caption, font, colours.weak);
        ui.spacing_mut().slider_width = (ui.available_width() - 82.0).clamp(60.0, 160.0);
        content(ui);
    });
}
