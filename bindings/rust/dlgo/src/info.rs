//! What the library tells of models and devices.

use std::mem;

use dlgo_sys as sys;

use crate::error::{check, Result};
use crate::text::fixed;

/// A zeroed info struct of the C API that `fill` writes to; they all begin with their size.
pub(crate) fn read<T: Info>(fill: impl FnOnce(*mut T) -> i32) -> Result<T> {
    // SAFETY: integers, floats and arrays of them may be zero.
    let mut raw: T = unsafe { mem::zeroed() };
    raw.set_size(mem::size_of::<T>() as u32);
    check(fill(&mut raw))?;
    Ok(raw)
}

pub(crate) trait Info {
    fn set_size(&mut self, size: u32);
}

macro_rules! info {
    ($($name:ident),*) => { $(impl Info for sys::$name {
        fn set_size(&mut self, size: u32) {
            self.struct_size = size;
        }
    })* };
}
info!(dlgo_device_info, dlgo_memory_plan, dlgo_llm_info, dlgo_tensor_info);

/// Facts about a loaded model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelInfo {
    pub architecture: String,
    pub name: String,
    /// Where its layers run: "cpu" or "vulkan:N".
    pub device: String,
    /// CPU kernels in use.
    pub isa: String,
    pub layers: i32,
    pub gpu_layers: i32,
    pub threads: i32,
    pub parameters: u64,
    /// For each token, without the experts that are not chosen.
    pub active_parameters: u64,
    pub weight_bytes: u64,
    /// Of a copy of weights in host memory.
    pub repacked_bytes: u64,
    /// Tokens that the model was trained for.
    pub context_length: u64,
    pub vocab_size: usize,
    pub embedding_length: usize,
    pub bos_token: Option<i32>,
    pub eos_token: Option<i32>,
    pub has_chat_template: bool,
    /// false: loaded with `vocab_only`.
    pub has_weights: bool,
}

impl From<sys::dlgo_llm_info> for ModelInfo {
    fn from(raw: sys::dlgo_llm_info) -> Self {
        ModelInfo {
            architecture: fixed(&raw.architecture),
            name: fixed(&raw.name),
            device: fixed(&raw.device),
            isa: fixed(&raw.isa),
            layers: raw.layers,
            gpu_layers: raw.gpu_layers,
            threads: raw.threads,
            parameters: raw.parameters,
            active_parameters: raw.active_parameters,
            weight_bytes: raw.weight_bytes,
            repacked_bytes: raw.repacked_bytes,
            context_length: raw.context_length,
            vocab_size: raw.vocab_size as usize,
            embedding_length: raw.embedding_length as usize,
            bos_token: Some(raw.bos_token).filter(|&token| token >= 0),
            eos_token: Some(raw.eos_token).filter(|&token| token >= 0),
            has_chat_template: raw.has_chat_template != 0,
            has_weights: raw.has_weights != 0,
        }
    }
}

/// One tensor of a model's file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TensorInfo {
    pub name: String,
    /// "Q4_K", "F32", ...
    pub tensor_type: String,
    /// Innermost first, as in the file.
    pub dims: Vec<u64>,
    pub bytes: u64,
    /// Where it lives.
    pub device: String,
}

impl From<sys::dlgo_tensor_info> for TensorInfo {
    fn from(raw: sys::dlgo_tensor_info) -> Self {
        TensorInfo {
            name: fixed(&raw.name),
            tensor_type: fixed(&raw.type_),
            dims: raw.dims[..raw.dims.len().min(raw.n_dims as usize)].to_vec(),
            bytes: raw.bytes,
            device: fixed(&raw.device),
        }
    }
}

/// What a model and one session would put where, in bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryPlan {
    pub layers: i32,
    pub gpu_layers: i32,
    /// GPU in use, or "cpu".
    pub device: String,
    pub host_weights: u64,
    pub device_weights: u64,
    /// Key/value cache and recurrent state.
    pub host_state: u64,
    pub device_state: u64,
    /// Activations.
    pub host_scratch: u64,
    pub device_scratch: u64,
    /// Of `host_weights`, a copy of the file.
    pub host_repacked: u64,
}

impl From<sys::dlgo_memory_plan> for MemoryPlan {
    fn from(raw: sys::dlgo_memory_plan) -> Self {
        MemoryPlan {
            layers: raw.layers,
            gpu_layers: raw.gpu_layers,
            device: fixed(&raw.device),
            host_weights: raw.host_weights,
            device_weights: raw.device_weights,
            host_state: raw.host_state,
            device_state: raw.device_state,
            host_scratch: raw.host_scratch,
            device_scratch: raw.device_scratch,
            host_repacked: raw.host_repacked,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceType {
    Cpu,
    GpuDiscrete,
    GpuIntegrated,
    GpuVirtual,
    /// A Vulkan device that is a CPU: never chosen by "auto".
    Software,
    Unknown,
}

/// What models can run on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Device {
    /// For [`ModelOptions::device`](crate::ModelOptions::device).
    pub name: String,
    pub device_type: DeviceType,
    pub description: String,
    pub features: Vec<String>,
    pub memory_total: u64,
    /// As far as the system tells.
    pub memory_free: Option<u64>,
}

impl From<sys::dlgo_device_info> for Device {
    fn from(raw: sys::dlgo_device_info) -> Self {
        Device {
            name: fixed(&raw.name),
            device_type: match raw.type_ {
                sys::DLGO_DEVICE_CPU => DeviceType::Cpu,
                sys::DLGO_DEVICE_GPU_DISCRETE => DeviceType::GpuDiscrete,
                sys::DLGO_DEVICE_GPU_INTEGRATED => DeviceType::GpuIntegrated,
                sys::DLGO_DEVICE_GPU_VIRTUAL => DeviceType::GpuVirtual,
                sys::DLGO_DEVICE_SOFTWARE => DeviceType::Software,
                _ => DeviceType::Unknown,
            },
            description: fixed(&raw.description),
            features: fixed(&raw.features).split_whitespace().map(str::to_string).collect(),
            memory_total: raw.memory_total,
            memory_free: Some(raw.memory_free).filter(|&bytes| bytes > 0),
        }
    }
}

/// The devices of this machine; the first is the CPU.
pub fn devices() -> Result<Vec<Device>> {
    // SAFETY: no arguments.
    let count = unsafe { sys::dlgo_device_count() };
    // SAFETY: read() gives a struct of the right size.
    (0..count).map(|i| read(|raw| unsafe { sys::dlgo_device_get(i, raw) }).map(Device::from)).collect()
}
