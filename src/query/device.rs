//! Where the network runs: a GPU through wgpu, or the processor.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Which device the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The best GPU there is, else the processor.
    #[default]
    Auto,
    /// A GPU, or an error that says why there is none.
    Gpu,
    /// The processor.
    Cpu,
}

/// A graphics adapter as the driver describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Adapter {
    /// Name as the driver gives it.
    pub name: String,
    /// "discrete GPU", "integrated GPU", "virtual GPU", "software" or "other".
    pub kind: &'static str,
    /// Graphics API: Vulkan, Metal, Dx12 or Gl.
    pub api: String,
    /// Driver name and version.
    pub driver: String,
}

impl Adapter {
    /// Whether the network runs on it when a GPU is asked for: a graphics card, and no driver that computes on the processor.
    pub fn is_card(&self) -> bool {
        self.kind.ends_with("GPU")
    }
}

/// A device that was chosen, and why.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Burn's handle.
    pub device: Device,
    /// Name for people and results.
    pub name: String,
    /// Why this one.
    pub reason: String,
    /// Whether it is a GPU, which must pass the self-test before its answers count.
    pub is_gpu: bool,
}

/// The processor as a device.
fn processor(reason: impl Into<String>) -> Chosen {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Chosen { device: Device::flex(), name: format!("CPU ({threads} threads)"), reason: reason.into(), is_gpu: false }
}

/// Chooses the device for `choice`.
pub fn choose(choice: DeviceChoice) -> Result<Chosen> {
    if choice == DeviceChoice::Cpu {
        return Ok(processor("the processor was asked for"));
    }
    match (gpu::best(), choice) {
        (Ok(chosen), _) => Ok(chosen),
        (Err(why), DeviceChoice::Gpu) => Err(Error::new(
            "cannot run the network on a GPU",
            why,
            "install a Vulkan driver for the card, or use --device cpu; referent doctor shows what was found",
        )),
        (Err(why), _) => Ok(processor(why)),
    }
}

/// The graphics adapters of this machine, best first.
pub fn adapters() -> Vec<Adapter> {
    gpu::adapters()
}

#[cfg(feature = "gpu")]
mod gpu {
    use super::{Adapter, Chosen};
    use burn::tensor::{Device, DeviceKind};

    /// Preference of an adapter kind, smaller is better; `None` where the network must not run.
    ///
    /// A software adapter computes with the same processor the CPU backend uses, only far slower.
    fn rank(kind: wgpu::DeviceType) -> Option<usize> {
        match kind {
            wgpu::DeviceType::DiscreteGpu => Some(0),
            wgpu::DeviceType::IntegratedGpu => Some(1),
            wgpu::DeviceType::VirtualGpu => Some(2),
            wgpu::DeviceType::Cpu | wgpu::DeviceType::Other => None,
        }
    }

    fn infos() -> Vec<wgpu::AdapterInfo> {
        let backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let mut infos: Vec<_> =
            pollster::block_on(instance.enumerate_adapters(backends)).iter().map(wgpu::Adapter::get_info).collect();
        infos.sort_by_key(|info| rank(info.device_type).unwrap_or(usize::MAX));
        infos
    }

    pub fn adapters() -> Vec<Adapter> {
        infos()
            .into_iter()
            .map(|info| Adapter {
                kind: match info.device_type {
                    wgpu::DeviceType::DiscreteGpu => "discrete GPU",
                    wgpu::DeviceType::IntegratedGpu => "integrated GPU",
                    wgpu::DeviceType::VirtualGpu => "virtual GPU",
                    wgpu::DeviceType::Cpu => "software",
                    wgpu::DeviceType::Other => "other",
                },
                name: info.name,
                api: format!("{:?}", info.backend),
                driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
            })
            .collect()
    }

    /// The best GPU, or why there is none.
    pub fn best() -> Result<Chosen, &'static str> {
        let infos = infos();
        let is_empty = infos.is_empty();
        let Some(info) = infos.into_iter().find(|info| rank(info.device_type).is_some()) else {
            let software = "only a software graphics driver was found";
            return Err(if is_empty { "no graphics driver was found" } else { software });
        };
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(0),
            wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(0),
            _ => DeviceKind::VirtualGpu(0),
        };
        Ok(Chosen {
            device: Device::wgpu(kind),
            reason: format!("it is the best adapter found ({:?})", info.backend),
            name: info.name,
            is_gpu: true,
        })
    }
}

#[cfg(not(feature = "gpu"))]
mod gpu {
    use super::{Adapter, Chosen};

    pub fn adapters() -> Vec<Adapter> {
        Vec::new()
    }

    pub fn best() -> Result<Chosen, &'static str> {
        Err("this program was built without GPU support")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        let chosen = choose(DeviceChoice::Cpu).unwrap();
        assert!(!chosen.is_gpu && chosen.name.starts_with("CPU"));
    }

    #[test]
    fn a_software_adapter_is_never_chosen() {
        let chosen = choose(DeviceChoice::Auto).unwrap();
        let hardware = adapters().iter().any(|adapter| adapter.kind.ends_with("GPU"));
        assert_eq!(chosen.is_gpu, hardware, "{}: {}", chosen.name, chosen.reason);
    }
}
