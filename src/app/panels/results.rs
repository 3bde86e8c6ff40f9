//! The table of objects: sorted, filtered, selected as on the map.

use std::sync::Arc;

use egui::{Align, Id, Label, Layout, RichText, Sense, TextEdit, Ui, Vec2};
use egui_extras::{Column as Width, TableBuilder};

use super::query_style::grouped;
use crate::app::command::{Command, Keep};
use crate::app::map::LayerId;
use crate::app::state::{Column, QueryLayer, Row, State, row_at};
use crate::app::theme::{Colours, Icon, icon_button, weak};

/// Height of a row.
const ROW: f32 = 23.0;

pub(super) fn tools(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let commands = [
        (Command::ShowExport, Icon::Save, "Export… (Ctrl+E)"),
        (Command::DeleteObjects, Icon::Trash, "Delete selected objects (Delete)"),
        (Command::MergeObjects, Icon::Merge, "Merge selected objects (Ctrl+M)"),
        (Command::ZoomToSelection, Icon::Target, "Zoom to selected objects (Ctrl+J)"),
    ];
    for (command, icon, name) in commands {
        ui.add_enabled_ui(state.can(&command).is_ok(), |ui| {
            if icon_button(ui, icon, name).clicked() {
                out.push(command);
            }
        });
    }
    let mut filter = state.results.filter.clone();
    let edit = TextEdit::singleline(&mut filter).hint_text("Filter: score>0.8 area<500").desired_width(190.0);
    let response = ui.add(edit).accessible_name("Filter");
    let hint = "Words that must occur, and comparisons of score, area, perimeter, distance, bearing, number";
    if response.on_hover_text(hint).changed() {
        out.push(Command::Filter(filter));
    }
    if let Some((_, query)) = state.selected_query() {
        let selected = query.selected.len();
        if selected > 0 {
            ui.label(weak(format!("{selected} selected")));
        }
    }
}

pub(super) fn show(state: &State, ui: &mut Ui, out: &mut Vec<Command>) {
    let Some((layer, query)) = state.selected_query() else {
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.label(weak("Select the result of a phrase in the list of layers."));
        });
        return;
    };
    if query.drawn.ids.is_empty() {
        empty(query, ui);
        return;
    }
    let order = order(state, layer.id, query, ui);
    let with_landmark = query.drawn.answer.found.iter().any(|found| found.instance.bearing.is_some());
    let with_evidence = query.drawn.answer.found.iter().any(|found| !found.instance.evidence.is_empty());
    let columns: Vec<Column> = Column::ALL
        .into_iter()
        .filter(|column| match column {
            Column::Distance | Column::Bearing => with_landmark,
            Column::Evidence => with_evidence,
            _ => true,
        })
        .collect();
    ui.spacing_mut().item_spacing = Vec2::new(10.0, 0.0);
    let mut table = TableBuilder::new(ui)
        .id_salt(("results", layer.id.0, columns.len()))
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink([false, false]);
    table = table.column(Width::exact(4.0));
    for column in &columns {
        table = table.column(match column {
            Column::Number => Width::initial(44.0).at_least(32.0),
            Column::Class => Width::initial(120.0).at_least(60.0).clip(true),
            Column::Evidence => Width::remainder().at_least(120.0).clip(true),
            Column::X | Column::Y => Width::initial(104.0).at_least(60.0).clip(true),
            _ => Width::initial(84.0).at_least(56.0).clip(true),
        });
    }
    if !with_evidence {
        table = table.column(Width::remainder());
    }
    let table = table.header(24.0, |mut header| {
        header.col(|_| {});
        for column in &columns {
            header.col(|ui| title(state, query, *column, ui, out));
        }
        if !with_evidence {
            header.col(|_| {});
        }
    });
    let mut hovered = None;
    table.body(|body| {
        body.rows(ROW, order.len(), |mut line| {
            let Some(row) = order.get(line.index()).and_then(|at| row_at(query, *at)) else { return };
            let selected = query.selected.contains(&row.id);
            line.set_selected(selected);
            line.col(|_| {});
            for column in &columns {
                line.col(|ui| cell(&row, *column, ui));
            }
            if !with_evidence {
                line.col(|_| {});
            }
            let response = line.response();
            if response.hovered() {
                hovered = Some(row.id);
            }
            if response.clicked() {
                let modifiers = response.ctx.input(|input| input.modifiers);
                out.push(click(layer.id, query, &order, line.index(), row.id, modifiers));
            }
            if response.double_clicked() {
                out.push(Command::SelectObjects { layer: layer.id, ids: vec![row.id], keep: Keep::Nothing });
                out.push(Command::ZoomToSelection);
            }
        });
    });
    if hovered != query.highlighted {
        out.push(Command::Highlight(hovered.map(|id| (layer.id, id))));
    }
}

/// What a click on a row selects: it alone, it too, or with Shift all from the last selected one to it.
fn click(layer: LayerId, query: &QueryLayer, order: &[usize], at: usize, id: u64, keys: egui::Modifiers) -> Command {
    if keys.shift {
        let id_at = |at: &usize| query.drawn.ids.get(*at).copied();
        let anchor = order.iter().position(|at| id_at(at).is_some_and(|id| query.selected.contains(&id))).unwrap_or(at);
        let range = anchor.min(at)..=anchor.max(at);
        let ids = order.get(range).unwrap_or_default().iter().filter_map(id_at).collect();
        return Command::SelectObjects { layer, ids, keep: Keep::Selected };
    }
    let keep = if keys.command { Keep::Toggled } else { Keep::Nothing };
    Command::SelectObjects { layer, ids: vec![id], keep }
}

/// The order of the rows, made again only when objects, order or filter change.
fn order(state: &State, layer: LayerId, query: &QueryLayer, ui: &Ui) -> Arc<Vec<usize>> {
    type Kept = (usize, crate::app::state::ResultsView, Arc<Vec<usize>>);
    let id = Id::unique(("order of results", layer.0));
    let objects = Arc::as_ptr(&query.drawn.answer) as usize;
    let kept = ui.data(|data| data.get_temp::<Kept>(id));
    if let Some((of, view, order)) = kept
        && (of, &view) == (objects, &state.results)
    {
        return order;
    }
    let order = Arc::new(state.results.order(query));
    ui.data_mut(|data| data.insert_temp::<Kept>(id, (objects, state.results.clone(), Arc::clone(&order))));
    order
}

fn empty(query: &QueryLayer, ui: &mut Ui) {
    let colours = Colours::in_use(ui);
    egui::Frame::new().inner_margin(egui::Margin::symmetric(14, 8)).show(ui, |ui| {
        ui.label(RichText::new(format!("Nothing for \"{}\"", query.question.phrase)).strong());
        for notice in &query.drawn.answer.notices {
            ui.label(RichText::new(notice).color(colours.weak));
        }
        ui.label(weak("A lower threshold may show something; the heat map shows what the network saw."));
    });
}

fn heading(query: &QueryLayer, column: Column) -> String {
    let metric = query.drawn.answer.georeference.crs.is_some();
    let on_earth = query.drawn.answer.found.iter().any(|found| found.measure.centroid_lonlat.is_some());
    match column {
        Column::Number => "#".into(),
        Column::Class => "Class".into(),
        Column::Score => "Score".into(),
        Column::Area => if metric { "Area m²" } else { "Area px" }.into(),
        Column::Perimeter => if metric { "Perimeter m" } else { "Perimeter px" }.into(),
        Column::Distance => "Distance m".into(),
        Column::Bearing => "Bearing °".into(),
        Column::X => if on_earth { "Longitude" } else { "X" }.into(),
        Column::Y => if on_earth { "Latitude" } else { "Y" }.into(),
        Column::Evidence => "Why".into(),
    }
}

fn title(state: &State, query: &QueryLayer, column: Column, ui: &mut Ui, out: &mut Vec<Command>) {
    let colours = Colours::in_use(ui);
    let sorted = state.results.sort == column;
    let name = heading(query, column);
    let text = RichText::new(&name).size(12.0).color(if sorted { colours.text } else { colours.weak });
    ui.spacing_mut().item_spacing.x = 3.0;
    let response = ui.add(egui::Button::new(text).frame(false)).accessible_name(format!("Sort by {name}"));
    if sorted {
        let icon = if state.results.rising { Icon::ChevronUp } else { Icon::ChevronDown };
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(9.0), Sense::hover());
        icon.paint(ui.painter(), rect, colours.weak);
    }
    let hint = match column {
        Column::Distance | Column::Bearing => {
            let landmark = query.drawn.answer.found.iter().find_map(|found| found.instance.bearing.as_ref());
            landmark.map_or(String::new(), |landmark| format!("From {}", landmark.landmark))
        }
        Column::Score => "Mean probability inside the outline, with the sentence's support".into(),
        Column::Evidence => "How well each word of the phrase holds, and why".into(),
        _ => String::new(),
    };
    let response = if hint.is_empty() { response } else { response.on_hover_text(hint) };
    if response.clicked() {
        out.push(Command::SortBy(column));
    }
}

fn cell(row: &Row<'_>, column: Column, ui: &mut Ui) {
    let text = match column {
        Column::Class | Column::Evidence => row.text(column).to_owned(),
        _ => match (row.number(column), column) {
            (None, _) => "–".into(),
            (Some(value), Column::Number) => format!("{value:.0}"),
            (Some(value), Column::Score) => format!("{value:.2}"),
            (Some(value), Column::Bearing) => format!("{value:.0}"),
            (Some(value), Column::X | Column::Y) if row.found.measure.centroid_lonlat.is_some() => {
                format!("{value:.6}")
            }
            (Some(value), Column::X | Column::Y) => format!("{value:.1}"),
            (Some(value), _) if value.abs() < 100.0 => format!("{value:.1}"),
            (Some(value), _) => grouped(value),
        },
    };
    ui.add(Label::new(RichText::new(text).size(12.5)).truncate().selectable(false).sense(Sense::hover()));
}
