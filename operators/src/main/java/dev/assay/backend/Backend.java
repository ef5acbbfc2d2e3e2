package dev.assay.backend;

import java.util.Optional;

/// An open device.
///
/// The harness calls it from one thread at a time, in the order `supports`, `contract`, `prepare`, `allocate`, and
/// closes everything it was given before it closes the backend. After a failure the order may be another one:
/// closing is harmless in any order and when it is repeated, and what is used after it was closed throws
/// ([Lifetime] does both).
///
/// `docs/backend-contract.md` has the rules that every backend keeps; `assay check-backend` checks them.
public interface Backend extends AutoCloseable {

    DeviceInfo device();

    /// Version of what was opened, where the provider cannot know it before, such as that of a library; empty: the
    /// provider's.
    default Optional<String> version() {
        return Optional.empty();
    }

    /// The arithmetic that the kernel for this call promises. The error bound follows from it; what is not declared
    /// has its strict value.
    default ComputeContract contract(Call call) {
        return ComputeContract.STRICT;
    }

    /// Whether [#prepare] will succeed; a refusal says why. Must agree with `prepare` and must not touch the
    /// device.
    Support supports(Call call);

    /// Device memory. The default is host memory.
    ///
    /// @param bytes at least 1
    default Buffer allocate(long bytes) {
        return HostBuffer.allocate(bytes);
    }

    /// Compiles and plans. Not part of a measured time, but its duration is recorded.
    ///
    /// Throws [UnsupportedCallException] for what [#supports] refuses.
    Kernel prepare(Call call);

    @Override
    void close();
}
