//! Controls that egui does not have: buttons of an icon, badges, cards, key caps. Each carries a name for screen readers.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Button, Color32, CornerRadius, FontId, Frame, Margin, Response, RichText, Role, Sense, Stroke, TextStyle,
    Ui, Vec2, WidgetInfo,
};

use super::{Colours, ICON, Icon, ROW};

/// A square button that shows an icon. Its name is its tooltip and what screen readers say.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let hint = name.to_owned();
    square(ui, icon, name, false, ROW - 2.0).on_hover_text(hint)
}

/// A button of a tool bar, lit while its tool is in use.
pub fn tool_button(ui: &mut Ui, icon: Icon, name: &str, hint: &str, lit: bool) -> Response {
    square(ui, icon, name, lit, 32.0).on_hover_text(hint)
}

fn square(ui: &mut Ui, icon: Icon, name: &str, lit: bool, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, lit, name));
    if ui.is_rect_visible(rect) {
        let colours = Colours::in_use(ui);
        let ground = match () {
            () if lit => colours.accent,
            () if response.is_pointer_button_down_on() => colours.button_pressed,
            () if response.hovered() || response.has_focus() => colours.button_hovered,
            () => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect, CornerRadius::same(6), ground);
        let ink = if lit { colours.on_accent } else { ui.style().interact(&response).fg_stroke.color };
        let ink = if enabled { ink } else { ink.gamma_multiply(0.45) };
        icon.paint(ui.painter(), egui::Rect::from_center_size(rect.center(), Vec2::splat(ICON)), ink);
    }
    response
}

/// The button for what is to be done next.
pub fn primary_button(ui: &mut Ui, text: &str) -> Response {
    let colours = Colours::in_use(ui);
    let text = RichText::new(text).color(colours.on_accent).strong();
    ui.add(
        Button::new(text).fill(colours.accent).stroke(Stroke::new(1.0, colours.accent)).min_size(Vec2::new(72.0, ROW)),
    )
}

/// An icon in the flow of text.
pub fn icon_label(ui: &mut Ui, icon: Icon, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(ICON), Sense::hover());
    icon.paint(ui.painter(), rect, colour);
    response
}

/// A heading of a part of a panel.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.label(RichText::new(text).strong().size(13.5))
}

/// Text of less weight.
pub fn weak(text: impl Into<String>) -> RichText {
    RichText::new(text).weak().text_style(TextStyle::Small)
}

/// A number or short word on a tint of `colour`.
pub fn badge(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let colours = Colours::in_use(ui);
    let ink = if colours.dark {
        colour.lerp_to_gamma(Color32::WHITE, 0.4)
    } else {
        colour.lerp_to_gamma(Color32::BLACK, 0.35)
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(11.5), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + Vec2::new(12.0, 5.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(9), colour.gamma_multiply(if colours.dark { 0.3 } else { 0.18 }));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response
}

/// A short text on a rounded ground with an icon behind it, to be clicked; `name` is what screen readers say.
pub fn chip(ui: &mut Ui, text: &str, icon: Icon, name: &str, lit: bool) -> Response {
    const ICON_SIDE: f32 = 11.0;
    let colours = Colours::in_use(ui);
    let most = (ui.available_width() - ICON_SIDE - 26.0).max(40.0);
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(12.5), colours.text);
    job.wrap = TextWrapping::truncate_at_width(most);
    let galley = ui.painter().layout_job(job);
    let size = Vec2::new(galley.size().x + ICON_SIDE + 25.0, ROW - 2.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let ground = match () {
        () if response.is_pointer_button_down_on() => colours.button_pressed,
        () if response.hovered() || response.has_focus() => colours.button_hovered,
        () if lit => colours.selected,
        () => colours.button,
    };
    let line = if response.has_focus() { colours.accent } else { colours.line };
    let painter = ui.painter();
    painter.rect(rect, CornerRadius::same(12), ground, Stroke::new(1.0, line), egui::StrokeKind::Inside);
    painter.galley(rect.left_center() + Vec2::new(10.0, -galley.size().y / 2.0), galley, colours.text);
    let place = egui::Rect::from_center_size(rect.right_center() - Vec2::new(13.0, 0.0), Vec2::splat(ICON_SIDE));
    icon.paint(painter, place, if lit { colours.weak } else { colours.accent });
    response
}

/// A box with rounded corners on a ground of its own.
pub fn card<R>(ui: &mut Ui, ground: Color32, content: impl FnOnce(&mut Ui) -> R) -> egui::InnerResponse<R> {
    let colours = Colours::in_use(ui);
    Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, colours.line))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, content)
}

/// A key combination as it stands on the keys.
pub fn key_cap(ui: &mut Ui, keys: &str) {
    let colours = Colours::in_use(ui);
    let galley = ui.painter().layout_no_wrap(keys.to_owned(), FontId::proportional(11.5), colours.weak);
    let (rect, _) = ui.allocate_exact_size(galley.size() + Vec2::new(10.0, 4.0), Sense::hover());
    let stroke = Stroke::new(1.0, colours.line);
    ui.painter().rect(rect, CornerRadius::same(4), colours.stripe, stroke, egui::StrokeKind::Inside);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, keys, FontId::proportional(11.5), colours.weak);
}

/// A field to rename something in: `Some` once, when a new name was entered.
pub fn rename_to(ui: &mut Ui, id: egui::Id, name: &str, label: &str) -> Option<String> {
    let mut text = ui.data_mut(|data| data.get_temp::<String>(id)).unwrap_or_else(|| name.to_owned());
    let response = ui.add(egui::TextEdit::singleline(&mut text).id(id.with("field")).desired_width(f32::INFINITY));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, label));
    if response.changed() {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    }
    if response.lost_focus() {
        ui.data_mut(|data| data.remove::<String>(id));
        let kept = text.trim();
        return (!kept.is_empty() && kept != name).then(|| kept.to_owned());
    }
    None
}
