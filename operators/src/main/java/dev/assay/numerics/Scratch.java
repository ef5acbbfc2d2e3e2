package dev.assay.numerics;

import java.lang.ref.SoftReference;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/// One large array kept for the next user, so that a product does not wait for fresh memory to be cleared.
///
/// @param <P> array type
final class Scratch<P> {
    private final IntFunction<P> allocate;
    private final ToIntFunction<P> length;
    private final AtomicReference<SoftReference<P>> kept = new AtomicReference<>(new SoftReference<>(null));

    Scratch(IntFunction<P> allocate, ToIntFunction<P> length) {
        this.allocate = allocate;
        this.length = length;
    }

    /// An array of at least this size with any content. Give it back with [#give].
    P take(int size) {
        P array = kept.getAndSet(new SoftReference<>(null)).get();
        return array != null && length.applyAsInt(array) >= size ? array : allocate.apply(size);
    }

    void give(P array) {
        kept.set(new SoftReference<>(array));
    }
}
