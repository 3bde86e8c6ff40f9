//! GDAL as this room uses it: set up once, silent, offline unless allowed, its messages caught.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;

use gdal::config::{
    clear_thread_local_config_option, get_config_option, set_config_option, set_thread_local_config_option,
};
use gdal_sys::{CPLErr, CPLErrorNum};

/// Drivers that speak to a server by themselves. They are taken out for good, also for a file that names such a source within: what is allowed to be remote is read as
/// a file through GDAL's `/vsi` layer, and that one can be closed (see [`Offline`]).
const NETWORK_DRIVERS: [&str; 14] = [
    "DAAS",
    "EEDAI",
    "HTTP",
    "NGW",
    "OGCAPI",
    "PLMOSAIC",
    "PLSCENES",
    "PostGISRaster",
    "RASDAMAN",
    "STACIT",
    "STACTA",
    "WCS",
    "WMS",
    "WMTS",
];

/// Block cache of the whole process, in bytes, unless the user set `GDAL_CACHEMAX`. GDAL's own default is 5 % of the
/// memory, which would make the program's size depend on the machine.
const CACHE_BYTES: &str = "268435456";

/// At most so many messages of one call are kept, and so many characters of each: a broken file can say a million things.
const MESSAGES_KEPT: usize = 16;
const MESSAGE_CHARS: usize = 400;

/// Prepares GDAL and PROJ, at the first call only.
pub(super) fn ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        // SAFETY: `CPLQuietErrorHandler` is a handler of GDAL's own that lives as long as the library; PROJ's switch
        // takes a plain integer.
        unsafe {
            gdal_sys::CPLSetErrorHandler(Some(gdal_sys::CPLQuietErrorHandler));
            gdal_sys::OSRSetPROJEnableNetwork(0);
        }
        for (key, value) in [
            // Side files are looked for by name; listing a folder of a million files takes minutes.
            ("GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"),
            // A VRT may carry Python code.
            ("GDAL_VRT_ENABLE_PYTHON", "NO"),
            ("GDAL_CACHEMAX", CACHE_BYTES),
            // A server that says nothing, where servers are allowed at all: seconds.
            ("GDAL_HTTP_CONNECTTIMEOUT", "10"),
            ("GDAL_HTTP_LOW_SPEED_TIME", "30"),
            ("GDAL_HTTP_LOW_SPEED_LIMIT", "1"),
        ] {
            if get_config_option(key, "").is_ok_and(|set| set.is_empty() || key == "GDAL_VRT_ENABLE_PYTHON") {
                // It fails only for text with a NUL inside, which these are not.
                let _ = set_config_option(key, value);
            }
        }
        // GDAL drops these drivers at the end of every registration, whoever asks for it.
        let skipped = get_config_option("GDAL_SKIP", "").unwrap_or_default();
        let separator = if skipped.contains(',') { "," } else { " " };
        let skipped: Vec<&str> =
            [skipped.as_str()].into_iter().filter(|set| !set.is_empty()).chain(NETWORK_DRIVERS).collect();
        let _ = set_config_option("GDAL_SKIP", &skipped.join(separator));
        gdal::DriverManager::register_all();
        // The gdal crate registers once more at its first use: now, so that nobody has to listen to it.
        let _ = gdal::DriverManager::count();
    });
}

/// Runs `work` and returns what GDAL said meanwhile on this thread, warnings and errors, each said once.
pub(super) fn listen<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    ready();
    let messages: RefCell<Vec<String>> = RefCell::default();
    let result = {
        // SAFETY: GDAL keeps the pointer only until the handler is popped, which `Popped` does at the end of this block
        // (on a panic as well), while `messages` still lives. Handlers are kept per thread, so no other thread sees it.
        unsafe {
            gdal_sys::CPLPushErrorHandlerEx(Some(remember), (&raw const messages).cast_mut().cast::<c_void>());
        }
        let _popped = Popped;
        work()
    };
    (result, messages.into_inner())
}

struct Popped;

impl Drop for Popped {
    fn drop(&mut self) {
        // SAFETY: made only by `listen`, right after it pushed a handler on this thread.
        unsafe { gdal_sys::CPLPopErrorHandler() };
    }
}

unsafe extern "C" fn remember(class: CPLErr::Type, _number: CPLErrorNum, text: *const c_char) {
    if (class != CPLErr::CE_Warning && class != CPLErr::CE_Failure) || text.is_null() {
        return;
    }
    // SAFETY: GDAL calls a handler on the thread that pushed it, with the pointer given then (`listen`: a live
    // `RefCell<Vec<String>>`) and a NUL-terminated text that lives for the call.
    let (messages, text) = unsafe {
        let messages = gdal_sys::CPLGetErrorHandlerUserData().cast::<RefCell<Vec<String>>>();
        let Some(messages) = messages.as_ref() else { return };
        (messages, CStr::from_ptr(text).to_string_lossy())
    };
    let Ok(mut messages) = messages.try_borrow_mut() else { return };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MESSAGE_CHARS).collect();
    if messages.len() < MESSAGES_KEPT && !messages.contains(&line) {
        messages.push(line);
    }
}

/// While it lives, GDAL opens no file over the network on this thread, whoever asks (a VRT inside a VRT, an overview
/// named in a tag).
pub(super) struct Offline(());

/// Only this file name may be opened by the network file systems of GDAL: one that does not exist.
const CURL_ALLOWED: &str = "CPL_VSIL_CURL_ALLOWED_FILENAME";

impl Offline {
    pub(super) fn new() -> Self {
        let _ = set_thread_local_config_option(CURL_ALLOWED, "/vsicurl/no-network");
        Self(())
    }
}

impl Drop for Offline {
    fn drop(&mut self) {
        let _ = clear_thread_local_config_option(CURL_ALLOWED);
    }
}
