//! Tables as OGR layers: what Shapefile and GeoPackage have in common.

use std::ffi::{CString, c_int};

use gdal::errors::{GdalError, Result as GdalResult};
use gdal::vector::{Feature, Layer as OgrLayer, LayerAccess, ToGdal};
use gdal_sys::{OGRErr, OGRFieldSubType, OGRFieldType};
use geo::{MultiPolygon, Polygon};

use crate::vector::features::{FieldKind, Value};
use crate::vector::library::attempt;

/// A column as OGR creates it.
pub(super) struct Column<'a> {
    pub name: &'a str,
    pub kind: FieldKind,
    /// Characters and decimals, for formats of fixed width.
    pub width: Option<(usize, usize)>,
}

impl Column<'_> {
    pub fn add_to(&self, layer: &OgrLayer<'_>) -> GdalResult<()> {
        let (kind, subtype) = match self.kind {
            FieldKind::Text => (OGRFieldType::OFTString, OGRFieldSubType::OFSTNone),
            FieldKind::Real => (OGRFieldType::OFTReal, OGRFieldSubType::OFSTNone),
            FieldKind::Integer => (OGRFieldType::OFTInteger64, OGRFieldSubType::OFSTNone),
            FieldKind::Bool => (OGRFieldType::OFTInteger, OGRFieldSubType::OFSTBoolean),
        };
        let name = CString::new(self.name)?;
        // SAFETY: `name` is NUL-terminated and outlives the calls; the definition is made, copied into the live layer and
        // destroyed here, once.
        let outcome = unsafe {
            let definition = gdal_sys::OGR_Fld_Create(name.as_ptr(), kind);
            gdal_sys::OGR_Fld_SetSubType(definition, subtype);
            if let Some((width, precision)) = self.width {
                gdal_sys::OGR_Fld_SetWidth(definition, width as c_int);
                gdal_sys::OGR_Fld_SetPrecision(definition, precision as c_int);
            }
            let outcome = gdal_sys::OGR_L_CreateField(layer.c_layer(), definition, 0);
            gdal_sys::OGR_Fld_Destroy(definition);
            outcome
        };
        match outcome {
            OGRErr::OGRERR_NONE => Ok(()),
            err => Err(GdalError::OgrError { err, method_name: "OGR_L_CreateField" }),
        }
    }
}

/// Adds an object with its cells. A shape without polygons becomes a row without geometry.
pub(super) fn add_row(layer: &OgrLayer<'_>, shape: &MultiPolygon<f64>, values: &[Value]) -> GdalResult<()> {
    let mut feature = Feature::new(layer.defn())?;
    if !shape.0.is_empty() {
        feature.set_geometry(shape.to_gdal()?)?;
    }
    for (place, value) in values.iter().enumerate() {
        match value {
            Value::Text(text) => feature.set_field_string(place, text)?,
            Value::Real(number) if number.is_finite() => feature.set_field_double(place, *number)?,
            Value::Integer(number) => feature.set_field_integer64(place, *number)?,
            Value::Bool(yes) => feature.set_field_integer(place, i32::from(*yes))?,
            Value::Real(_) | Value::Null => feature.set_field_null(place)?,
        }
    }
    feature.create(layer)
}

/// Whether a polygon is valid in the sense of OGC Simple Features.
pub(super) fn is_valid(polygon: &Polygon<f64>) -> bool {
    attempt(|| Ok(polygon.to_gdal()?.is_valid())).unwrap_or(false)
}
