//! What commands do to the objects of a query: select, delete, merge.

use std::collections::HashSet;
use std::sync::Arc;

use super::apply_layers::with_room;
use super::edits::merged;
use super::journal::Trouble;
use super::layer::Layer;
use super::look::Look;
use super::query_layer::{Drawn, ObjectEdit, QueryLayer};
use super::{State, Tab};
use crate::app::command::Keep;
use crate::app::map::{Bounds, LayerId, Polygons};
use crate::app::work::on_map;
use crate::query::{Answer, Found};

impl State {
    pub(super) fn select_objects(&mut self, layer: LayerId, ids: &[u64], keep: Keep) {
        self.deselect_labels();
        let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut) else { return };
        if keep == Keep::Nothing {
            query.selected.clear();
        }
        let there: HashSet<u64> = query.drawn.ids.iter().copied().collect();
        for id in ids.iter().copied().filter(|id| there.contains(id)) {
            if !query.selected.insert(id) && keep == Keep::Toggled {
                query.selected.remove(&id);
            }
        }
    }

    pub(super) fn select_all(&mut self) {
        if let (Some(project), Some(Tab::Labels)) = (&self.project, self.tab) {
            // What the filter hides stays unselected: whoever deletes sees what is deleted.
            let items = project.rows(&self.labelling.filter);
            return self.select_labels(&items, Keep::Nothing);
        }
        let Some(layer) = self.selected else { return };
        // What the filter hides stays unselected: whoever deletes sees what is deleted.
        let ids: Vec<u64> = self.selected_query().map_or_else(Vec::new, |(_, query)| {
            self.results.order(query).into_iter().filter_map(|at| query.drawn.ids.get(at).copied()).collect()
        });
        if let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut) {
            query.selected = ids.into_iter().collect();
        }
    }

    pub(super) fn select_none(&mut self) {
        self.deselect_labels();
        for query in self.layers.iter_mut().filter_map(Layer::query_mut) {
            query.selected.clear();
        }
    }

    pub(super) fn highlight(&mut self, object: Option<(LayerId, u64)>) {
        for layer in &mut self.layers {
            let id = layer.id;
            if let Some(query) = layer.query_mut() {
                query.highlighted = object.filter(|(of, _)| *of == id).map(|(_, object)| object);
            }
        }
    }

    pub(super) fn delete_objects(&mut self) {
        if self.means_labels() {
            return self.delete_labels();
        }
        let Some(layer) = self.selected else { return };
        let Some((_, query)) = self.selected_query() else { return };
        let gone = |id: &u64| query.selected.contains(id);
        let objects = || query.drawn.ids.iter().zip(&query.drawn.answer.found);
        let removed: Vec<ObjectEdit> =
            objects().filter(|(id, _)| gone(id)).map(|(_, found)| ObjectEdit::Removed(found.outline.clone())).collect();
        let kept: Vec<(u64, Found)> =
            objects().filter(|(id, _)| !gone(id)).map(|(id, found)| (*id, found.clone())).collect();
        let drawn = with_objects(query, kept, None);
        let count = removed.len();
        self.remember(if count == 1 { "Delete object".to_owned() } else { format!("Delete {count} objects") }, None);
        self.replace(layer, drawn, removed, None);
    }

    pub(super) fn merge_objects(&mut self) {
        if self.means_labels() {
            return self.merge_labels();
        }
        let Some(layer) = self.selected else { return };
        let Some((_, query)) = self.selected_query() else { return };
        let (parts, mut kept): (Vec<_>, Vec<_>) = query
            .drawn
            .ids
            .iter()
            .zip(&query.drawn.answer.found)
            .map(|(id, found)| (*id, found.clone()))
            .partition(|(id, _)| query.selected.contains(id));
        let parts: Vec<Found> = parts.into_iter().map(|(_, found)| found).collect();
        let georeference = &query.drawn.answer.georeference;
        let one = match merged(&parts, georeference) {
            Ok(Some(one)) => one,
            Ok(None) => {
                let trouble = Trouble {
                    what: format!("cannot merge {} objects", parts.len()),
                    why: "they do not all touch each other".into(),
                    remedy: "select objects that touch, or lower the threshold until they do".into(),
                    cancelled: false,
                };
                return self.complain(trouble);
            }
            Err(error) => return self.complain((&error).into()),
        };
        let id = query.drawn.ids.iter().max().map_or(1, |most| most + 1);
        let edit = ObjectEdit::Merged(one.outline.clone());
        let polygon = on_map(&one, id, georeference, &self.place);
        kept.push((id, one));
        let drawn = with_objects(query, kept, polygon.ok().flatten());
        self.remember(format!("Merge {} objects", parts.len()), None);
        self.replace(layer, drawn, vec![edit], Some(id));
    }

    /// Shows edited objects in a layer, with one of them selected.
    fn replace(&mut self, layer: LayerId, drawn: Drawn, edits: Vec<ObjectEdit>, selected: Option<u64>) {
        let Some(query) = self.layer_mut(layer).and_then(Layer::query_mut) else { return };
        query.drawn = drawn;
        Arc::make_mut(&mut query.edits).extend(edits);
        query.selected = selected.into_iter().collect();
        query.highlighted = None;
    }

    pub(super) fn zoom_to_selection(&mut self) {
        if self.means_labels() {
            return self.zoom_to_labels();
        }
        let Some((_, query)) = self.selected_query() else { return };
        let polygons = query.drawn.polygons.all().iter().filter(|polygon| query.selected.contains(&polygon.id));
        let points = polygons.flat_map(|each| each.polygon.exterior().coords().map(|c| [c.x, c.y]));
        if let Some(bounds) = Bounds::around(points) {
            self.look = Look::At(with_room(bounds));
        }
    }
}

/// The same answer with other objects; `new` is the polygon of one that was not drawn before.
fn with_objects(query: &QueryLayer, objects: Vec<(u64, Found)>, new: Option<crate::app::map::MapPolygon>) -> Drawn {
    let (ids, found): (Vec<u64>, Vec<Found>) = objects.into_iter().unzip();
    let kept: HashSet<u64> = ids.iter().copied().collect();
    let drawn = query.drawn.polygons.all().iter().filter(|polygon| kept.contains(&polygon.id)).cloned();
    let polygons = Polygons::new(drawn.chain(new).collect());
    Drawn {
        answer: Arc::new(Answer { found, ..(*query.drawn.answer).clone() }),
        ids: Arc::new(ids),
        polygons: Arc::new(polygons),
        grid: query.drawn.grid.clone(),
    }
}
