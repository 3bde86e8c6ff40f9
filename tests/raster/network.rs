//! The network: never unless allowed, in pieces once allowed.

use std::ffi::CString;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use referent::raster::{Access, Area, Description, Scene};

use crate::picture::{FIXTURES, Picture, fixture, noise};

/// A server of one file that counts who comes.
struct Server {
    address: String,
    visits: Arc<AtomicUsize>,
}

impl Server {
    fn of(body: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/scene.tif", listener.local_addr().unwrap());
        let visits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&visits);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let body = body.clone();
                std::thread::spawn(move || answer(stream, &body));
            }
        });
        Self { address, visits }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: std::net::TcpStream, body: &[u8]) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut first, mut range) = (String::new(), None);
        reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(asked) = line.to_lowercase().trim().strip_prefix("range: bytes=") {
                let (from, to) = asked.split_once('-')?;
                let to = to.parse::<usize>().unwrap_or(usize::MAX).min(body.len() - 1);
                range = Some((from.parse::<usize>().ok()?, to));
            }
        }
        let found = first.contains("/scene.tif ");
        let (status, part) = match range {
            _ if !found => ("404 Not Found".to_owned(), &body[..0]),
            Some((from, to)) if from <= to => {
                (format!("206 Partial Content\r\nContent-Range: bytes {from}-{to}/{}", body.len()), &body[from..=to])
            }
            _ => ("200 OK".to_owned(), body),
        };
        write!(stream, "HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\r\n", part.len()).ok()?;
        if !first.starts_with("HEAD") {
            stream.write_all(part).ok()?;
        }
    }
}

/// Writes a zip archive of one file, through GDAL.
fn zip_of(archive: &Path, name: &str, content: &[u8]) {
    let _ = std::fs::remove_file(archive);
    let memory = format!("/vsimem/{name}");
    gdal::vsi::create_mem_file(&memory, content.to_vec()).unwrap();
    let target = format!("/vsizip/{}/{name}", archive.display());
    let (from, to) = (CString::new(memory.as_str()).unwrap(), CString::new(target).unwrap());
    // SAFETY: both are NUL-terminated names that outlive the call.
    assert_eq!(unsafe { gdal_sys::CPLCopyFile(to.as_ptr(), from.as_ptr()) }, 0);
    gdal::vsi::unlink_mem_file(&memory).unwrap();
}

#[test]
fn no_file_however_crafted_makes_the_program_speak_to_the_network() {
    let server = Server::of(std::fs::read(format!("{FIXTURES}/zoo/type_u8.tif")).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let curl = format!("/vsicurl/{}", server.address);
    let vrt = |file: &str| {
        format!(
            "<VRTDataset rasterXSize=\"96\" rasterYSize=\"80\"><VRTRasterBand dataType=\"Byte\" band=\"1\"><SimpleSource><SourceFilename>{file}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
        )
    };
    write("direct.vrt", &vrt(&curl));
    write("disguised.tif", &vrt(&curl.replace('/', "&#x2F;")));
    write("outer.vrt", &vrt(folder.path().join("disguised.tif").to_str().unwrap()));
    write("http.vrt", &vrt(&server.address));
    write(
        "wms.xml",
        &format!("<GDAL_WMS><Service name=\"TMS\"><ServerUrl>{}</ServerUrl></Service></GDAL_WMS>", server.address),
    );
    write(
        "inline.vrt",
        &vrt(&format!(
            "&lt;GDAL_WMS&gt;&lt;Service name=\"TMS\"&gt;&lt;ServerUrl&gt;{}&lt;/ServerUrl&gt;&lt;/Service&gt;&lt;/GDAL_WMS&gt;",
            server.address
        )),
    );
    write(
        "a.mrf",
        &format!(
            "<MRF_META><CachedSource><Source>{curl}</Source></CachedSource><Raster><Size x=\"96\" y=\"80\" c=\"3\"/></Raster></MRF_META>"
        ),
    );
    let mut sources: Vec<String> =
        ["direct.vrt", "disguised.tif", "outer.vrt", "http.vrt", "wms.xml", "inline.vrt", "a.mrf"]
            .iter()
            .map(|name| folder.path().join(name).to_str().unwrap().to_owned())
            .collect();
    sources.extend([
        server.address.clone(),
        curl.clone(),
        vrt(&curl),
        format!("vrt://{curl}?bands=1"),
        format!("/vsizip/{{{curl}}}/a.tif"),
    ]);
    for source in &sources {
        let error = Scene::open(source, Access::LocalOnly).expect_err(source);
        assert!(error.to_string().contains("remote"), "{source}: {error}");
    }
    // In an archive as well, and for the drivers that have an own way to the network.
    let archive = folder.path().join("archive.zip");
    for inner in [vrt(&curl), vrt(&format!("NETCDF:&quot;{}&quot;:x", server.address))] {
        write("inner.vrt", &inner);
        zip_of(&archive, "inner.vrt", inner.as_bytes());
        let source = format!("/vsizip/{}/inner.vrt", archive.display());
        let error = Scene::open(&source, Access::LocalOnly).expect_err(&source);
        assert!(error.to_string().contains("remote"), "{source}: {error}");
        write("of_archive.vrt", &vrt(&source));
        let error = Scene::open(folder.path().join("of_archive.vrt").to_str().unwrap(), Access::LocalOnly).unwrap_err();
        assert!(error.to_string().contains("remote"), "{error}");
    }
    // A tag or a side file may name overviews elsewhere: what does not speak of them opens, and still stays at home.
    for (i, named) in [curl.as_str(), server.address.as_str()].into_iter().enumerate() {
        let path = Picture { size: [600, 500], ..Picture::default() }
            .write(&folder.path().join(format!("o{i}.tif")), |_, col, row| noise(col, row));
        let side = format!(
            "<PAMDataset><Metadata domain=\"OVERVIEWS\"><MDI key=\"OVERVIEW_FILE\">{named}</MDI></Metadata></PAMDataset>"
        );
        std::fs::write(format!("{}.aux.xml", path.display()), side).unwrap();
        let error = Scene::open(path.to_str().unwrap(), Access::LocalOnly).unwrap_err();
        assert!(error.to_string().contains("remote"), "{error}");
        // Hidden one step deeper, it is not refused but not followed either.
        write("around.vrt", &vrt(path.to_str().unwrap()).replace("96", "600").replace("80", "500"));
        if let Ok(scene) = Scene::open(folder.path().join("around.vrt").to_str().unwrap(), Access::LocalOnly) {
            let _ = scene.read(Area::whole(scene.size()), [20, 20], &[1]);
            let _ = Description::of(&scene);
        }
    }
    assert_eq!(server.visits(), 0);
}

#[test]
fn an_address_is_read_in_pieces_once_that_is_allowed() {
    let server = Server::of(std::fs::read(format!("{FIXTURES}/zoo/type_u8.tif")).unwrap());
    let remote = Scene::open(&server.address, Access::AllowRemote).unwrap();
    assert!(server.visits() > 0);
    let local = fixture("zoo/type_u8.tif");
    let read = |scene: &Scene| scene.read(Area::whole(scene.size()), [96, 80], &[1, 2, 3]).unwrap();
    assert_eq!(read(&remote), read(&local));
}
