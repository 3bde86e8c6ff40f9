//! GDAL as this room calls it: silent, and a failure it only mentions is a failure.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal_sys::{CPLErr, CPLErrorNum};

use crate::error::{Error, Result};
use crate::raster::Crs;

/// Runs `work`, which should close what it opens: GDAL 3.6 tells of a disk that is full only by a message while it
/// closes a file. `Err` is the reason, as GDAL said it first.
pub(super) fn attempt<T>(work: impl FnOnce() -> gdal::errors::Result<T>) -> std::result::Result<T, String> {
    let failure: RefCell<Option<String>> = RefCell::default();
    let outcome = {
        // SAFETY: GDAL keeps the handler and the pointer for this thread until it is popped, which `Handler` does at
        // the end of this block, also when `work` panics; `failure` outlives the block.
        unsafe {
            gdal_sys::CPLPushErrorHandlerEx(Some(keep_failure), (&raw const failure).cast_mut().cast::<c_void>());
        }
        let _handler = Handler;
        work()
    };
    match (outcome, failure.into_inner()) {
        (Ok(value), None) => Ok(value),
        (_, Some(message)) => Err(message),
        (Err(error), None) => Err(error.to_string()),
    }
}

struct Handler;

impl Drop for Handler {
    fn drop(&mut self) {
        // SAFETY: made only by `attempt`, after it pushed a handler on this thread.
        unsafe { gdal_sys::CPLPopErrorHandler() };
    }
}

unsafe extern "C" fn keep_failure(class: CPLErr::Type, _number: CPLErrorNum, text: *const c_char) {
    if class < CPLErr::CE_Failure || text.is_null() {
        return;
    }
    // SAFETY: called on the thread of `attempt` with the pointer it gave, to a live `RefCell<Option<String>>`, and with
    // a NUL-terminated text.
    let (failure, text) = unsafe {
        let failure = gdal_sys::CPLGetErrorHandlerUserData().cast::<RefCell<Option<String>>>();
        let Some(failure) = failure.as_ref() else { return };
        (failure, CStr::from_ptr(text).to_string_lossy())
    };
    if let Ok(mut failure) = failure.try_borrow_mut()
        && failure.is_none()
    {
        *failure = Some(text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned());
    }
}

/// The CRS as OGR writes it, x or longitude first.
pub(super) fn spatial_ref(crs: &Crs) -> Result<SpatialRef> {
    let mut reference = attempt(|| SpatialRef::from_wkt(crs.wkt()))
        .map_err(|why| Error::new(format!("cannot write the CRS {}", crs.name()), why, "choose another with --crs"))?;
    reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(reference)
}
