//! Eight floats at a time: the vector type of the kernels, in AVX2 where the processor has it and in plain Rust elsewhere.
//!
//! A kernel is written once, generic over [`Lanes`], and compiled twice. [`run`] looks at the processor and picks.

/// Floats in one vector.
pub const WIDTH: usize = 8;

/// Eight floats with the arithmetic the kernels need.
pub trait Lanes: Copy {
    /// Eight times `value`.
    fn splat(value: f32) -> Self;
    /// Reads eight floats.
    fn load(from: &[f32; WIDTH]) -> Self;
    /// Writes eight floats.
    fn store(self, to: &mut [f32; WIDTH]);
    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self · other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`.
    fn div(self, other: Self) -> Self;
    /// The greater of each pair.
    fn max(self, other: Self) -> Self;
    /// The lesser of each pair.
    fn min(self, other: Self) -> Self;
    /// `self · factor + term`, rounded once where the processor can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// To the nearest whole number.
    fn round(self) -> Self;
    /// `2^self` for whole numbers in -126..=127.
    fn exp2_whole(self) -> Self;

    /// Sum of the eight.
    #[inline(always)]
    fn sum(self) -> f32 {
        let mut values = [0.0; WIDTH];
        self.store(&mut values);
        let [a, b, c, d, e, f, g, h] = values;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    /// The greatest of the eight.
    #[inline(always)]
    fn greatest(self) -> f32 {
        let mut values = [0.0; WIDTH];
        self.store(&mut values);
        let mut most = values[0];
        for value in values {
            most = if value > most { value } else { most };
        }
        most
    }
}

/// The vector that begins at `index`.
#[inline(always)]
pub fn at(values: &[f32], index: usize) -> &[f32; WIDTH] {
    let vector = &values[index..index + WIDTH];
    // SAFETY: the slice holds exactly `WIDTH` floats.
    unsafe { &*vector.as_ptr().cast() }
}

/// The vector that begins at `index`, to write.
#[inline(always)]
pub fn at_mut(values: &mut [f32], index: usize) -> &mut [f32; WIDTH] {
    let vector = &mut values[index..index + WIDTH];
    // SAFETY: the slice holds exactly `WIDTH` floats, borrowed for as long as the result.
    unsafe { &mut *vector.as_mut_ptr().cast() }
}

/// Work that [`run`] does with the best vectors the processor has.
pub trait Kernel {
    /// What it gives back.
    type Output;
    /// Does the work. Must be `#[inline(always)]`, so that it is compiled for the processor that was found.
    fn run<L: Lanes>(self) -> Self::Output;
}

/// Does `kernel`'s work.
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has both features, as was just asked.
        return unsafe { x86::run(kernel) };
    }
    kernel.run::<Plain>()
}

/// Eight floats in plain Rust; compilers vectorise them for whatever the target has.
#[derive(Clone, Copy)]
pub struct Plain([f32; WIDTH]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = self.0;
        for (a, b) in out.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        Self(out)
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; WIDTH])
    }

    #[inline(always)]
    fn load(from: &[f32; WIDTH]) -> Self {
        Self(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; WIDTH]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    // Not f32::mul_add: without the instruction it is a slow library call.
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul(factor).add(term)
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(self.0.map(f32::round_ties_even))
    }

    #[inline(always)]
    fn exp2_whole(self) -> Self {
        Self(self.0.map(|n| f32::from_bits(((n as i32 + 127) << 23) as u32)))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm256_add_epi32, _mm256_add_ps, _mm256_castsi256_ps,
        _mm256_cvtps_epi32, _mm256_div_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps,
        _mm256_mul_ps, _mm256_round_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_slli_epi32, _mm256_storeu_ps,
        _mm256_sub_ps,
    };

    use super::{Kernel, Lanes, WIDTH};

    #[target_feature(enable = "avx2,fma")]
    pub fn run<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx2>()
    }

    /// One AVX2 register. The type is private and named only by [`run`], so that its methods are reached on no processor
    /// without AVX2 and FMA.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256);

    /// Instructions by the name of the method they are.
    macro_rules! instruction {
        ($($method:ident => $intrinsic:ident),*) => {
            $(
                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    // SAFETY: the processor has AVX2, as said at the type.
                    Self(unsafe { $intrinsic(self.0, other.0) })
                }
            )*
        };
    }

    impl Lanes for Avx2 {
        instruction!(
            add => _mm256_add_ps, sub => _mm256_sub_ps, mul => _mm256_mul_ps, div => _mm256_div_ps,
            max => _mm256_max_ps, min => _mm256_min_ps
        );

        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: the processor has AVX2, as said at the type.
            Self(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(from: &[f32; WIDTH]) -> Self {
            // SAFETY: the processor has AVX2, as said at the type; eight floats are there to read, at any alignment.
            Self(unsafe { _mm256_loadu_ps(from.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, to: &mut [f32; WIDTH]) {
            // SAFETY: the processor has AVX2, as said at the type; eight floats may be written, at any alignment.
            unsafe { _mm256_storeu_ps(to.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn mul_add(self, factor: Self, term: Self) -> Self {
            // SAFETY: the processor has FMA, as said at the type.
            Self(unsafe { _mm256_fmadd_ps(self.0, factor.0, term.0) })
        }

        #[inline(always)]
        fn round(self) -> Self {
            const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
            // SAFETY: the processor has AVX2, as said at the type.
            Self(unsafe { _mm256_round_ps::<NEAREST>(self.0) })
        }

        #[inline(always)]
        fn exp2_whole(self) -> Self {
            // SAFETY: the processor has AVX2, as said at the type.
            Self(unsafe {
                let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
            })
        }
    }
}
