//! The map with what lies over it: tools and the drawn area.

use egui::{Area, Color32, CornerRadius, Frame, Id, Margin, Pos2, Rect, Shadow, Stroke, StrokeKind, Ui, Vec2};

use super::{attention, sight, swipe_bar};
use crate::app::command::Command;
use crate::app::map::{Camera, Canvas, MapEvent, Tool};
use crate::app::menu::{Item, items, keys_text};
use crate::app::state::{Draws, State, Tab, absence, is_labelling};
use crate::app::theme::{Colours, Icon, tool_button, weak};

/// Lowest map beside whose tools there is room for buttons that zoom.
const ROOM_FOR_VIEWS: f32 = 390.0;

pub(super) fn show(state: &State, canvas: Option<&mut Canvas>, ui: &mut Ui, out: &mut Vec<Command>) {
    let rect = ui.available_rect_before_wrap();
    let (size, scale) = ([rect.width(), rect.height()], ui.pixels_per_point());
    if state.canvas != (size, scale) {
        out.push(Command::CanvasSized(size, scale));
    }
    let camera = state.camera(rect.size());
    if let Some(canvas) = canvas {
        for event in canvas.show(ui, &state.map(), &camera, &state.tool) {
            // The canvas says where the cursor is in every frame.
            if !matches!(&event, MapEvent::Hovered(hover) if *hover == state.hover) {
                out.push(Command::Map(event));
            }
        }
    }
    area(state, &camera, rect, ui, out);
    tools(state, rect, ui, out);
    swipe_bar::show(state, rect, ui, out);
    sight::show(state, &camera, rect, ui, out);
    attention::legend(state, rect, ui);
}

/// The bar of tools, and beside it that of labelling while labels are drawn.
fn tools(state: &State, rect: Rect, ui: &Ui, out: &mut Vec<Command>) {
    let items = items();
    let corner = rect.left_top() + Vec2::splat(10.0);
    bar("map tools", corner, rect, ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.set_width(32.0);
        let tools = items.iter().filter(|item| matches!(item.command, Command::UseTool(tool) if !is_labelling(tool)));
        tools.for_each(|item| button(state, item, ui, out));
        if tool_button(ui, Icon::Tag, "Draw labels", "Draw and name labels (F8)", state.tab == Some(Tab::Labels))
            .clicked()
        {
            out.push(Command::ToggleLabels);
        }
        if rect.height() < ROOM_FOR_VIEWS {
            // Keys, wheel and the menu do the same.
            return;
        }
        ui.add_space(2.0);
        ui.separator();
        let views = items.iter().filter(|item| {
            matches!(item.command, Command::ZoomIn | Command::ZoomOut | Command::ZoomFull | Command::OneToOne)
        });
        views.for_each(|item| button(state, item, ui, out));
    });
    if state.tab != Some(Tab::Labels) && !is_labelling(state.tool) {
        return;
    }
    bar("label tools", corner + Vec2::new(48.0, 0.0), rect, ui, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.horizontal(|ui| {
            let drawing = items.iter().filter(|item| match &item.command {
                Command::UseTool(tool) => is_labelling(*tool),
                command => matches!(command, Command::EditCorners),
            });
            drawing.for_each(|item| button(state, item, ui, out));
            let at_hand = items.iter().find(|item| is_in_use(state, &item.command) && is_labelling(state.tool));
            if let Some(item) = at_hand {
                let about = match state.labelling.draws {
                    Draws::Label => item.about.to_owned(),
                    Draws::Absence => format!("{}: {}", area_of(&state.labelling.absent), lower(item.about)),
                };
                hint(about, rect, ui);
            }
        });
    });
}

/// What the tool at hand wants, where there is room to say it.
fn hint(about: String, rect: Rect, ui: &mut Ui) {
    let text = egui::WidgetText::from(weak(about));
    let style = egui::TextStyle::Small;
    let galley = text.into_galley(ui, Some(egui::TextWrapMode::Extend), f32::INFINITY, style);
    if ui.cursor().left() + galley.size().x + 40.0 < rect.right() {
        ui.add_space(2.0);
        ui.separator();
        ui.add_space(2.0);
        ui.add(egui::Label::new(galley).selectable(false));
        ui.add_space(8.0);
    }
}

/// What the next drawing says: "No ship".
fn area_of(absent: &str) -> String {
    match absent.trim() {
        "" => "Not here".to_owned(),
        absent => absence(absent).replacen('n', "N", 1),
    }
}

/// A bar that lies over the map.
fn bar(name: &str, corner: Pos2, rect: Rect, ui: &Ui, content: impl FnOnce(&mut Ui)) {
    let colours = Colours::in_use(ui);
    let frame = Frame::new()
        .fill(colours.surface)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(9))
        .shadow(Shadow { offset: [0, 2], blur: 8, spread: 0, color: Color32::from_black_alpha(36) })
        .inner_margin(Margin::same(3));
    Area::new(Id::unique(name)).fixed_pos(corner).constrain_to(rect).show(ui.ctx(), |ui| frame.show(ui, content));
}

fn button(state: &State, item: &Item, ui: &mut Ui, out: &mut Vec<Command>) {
    let Some(icon) = item.icon else { return };
    let keys = item.keys.map_or(String::new(), |keys| format!(" ({})", keys_text(ui.ctx(), &keys)));
    let can = state.can(&item.command);
    let hint = format!("{}{keys}: {}", item.name, can.err().unwrap_or(item.about));
    let lit = is_in_use(state, &item.command);
    ui.add_enabled_ui(can.is_ok() || lit, |ui| {
        if tool_button(ui, icon, item.name, &hint, lit).on_disabled_hover_text(&hint).clicked() {
            out.push(item.command.clone());
        }
    });
}

/// Whether the tool that a command takes is at hand, however wide or whosever corners.
fn is_in_use(state: &State, command: &Command) -> bool {
    match command {
        Command::UseTool(tool) => std::mem::discriminant(tool) == std::mem::discriminant(&state.tool),
        Command::EditCorners => matches!(state.tool, Tool::Vertices(..)),
        _ => false,
    }
}

/// A sentence that goes on after a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The drawn area, and a way to forget it.
fn area(state: &State, camera: &Camera, rect: Rect, ui: &mut Ui, out: &mut Vec<Command>) {
    let Some(bounds) = state.area else { return };
    let colours = Colours::in_use(ui);
    let corners = [bounds.min, bounds.max].map(|corner| camera.to_screen(rect, corner));
    let shown = Rect::from_two_pos(corners[0], corners[1]);
    let painter = ui.painter_at(rect);
    let active = state.ask.frame == crate::app::state::FramePick::Area;
    let line = if active { colours.accent } else { colours.weak };
    painter.rect_stroke(shown, 0.0, Stroke::new(3.5, Color32::from_white_alpha(150)), StrokeKind::Middle);
    painter.rect_stroke(shown, 0.0, Stroke::new(1.6, line), StrokeKind::Middle);
    let corner = Pos2::new(shown.right().min(rect.right()) - 24.0, shown.top().max(rect.top()) + 4.0);
    if rect.contains(corner) && shown.width() > 60.0 && shown.height() > 30.0 {
        Area::new(Id::unique("forget area")).fixed_pos(corner).show(ui.ctx(), |ui| {
            Frame::new().fill(colours.surface).corner_radius(CornerRadius::same(5)).show(ui, |ui| {
                let icon = Icon::Close;
                if crate::app::theme::icon_button(ui, icon, "Forget the drawn area").clicked() {
                    out.push(Command::ClearArea);
                }
            });
        });
    }
}
