/// C libraries as backends, through `assay_backend.h`.
///
/// Start at [NativeLibrary]. Only a worker process loads a library: what it does to memory must not reach the judge.
@org.jspecify.annotations.NullMarked
package dev.assay.worker.abi;
