package dev.assay.worker.abi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.util.List;
import java.util.Locale;

/// The functions of the table `assay_backend`, in its order.
enum NativeFunction {
    OPEN(24, status(ADDRESS, ADDRESS, JAVA_INT, ADDRESS)),
    CLOSE(32, FunctionDescriptor.ofVoid(ADDRESS)),
    INFO(40, status(ADDRESS, ADDRESS)),
    SUPPORTS(48, status(ADDRESS, ADDRESS)),
    CONTRACT(56, FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS)),
    ALLOCATE(64, status(ADDRESS, JAVA_LONG, ADDRESS)),
    FREE(72, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)),
    WRITE(80, status(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG)),
    READ(88, status(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG)),
    PREPARE(96, status(ADDRESS, ADDRESS, ADDRESS, ADDRESS)),
    RELEASE(104, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS)),
    RUN(112, status(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS)),
    DEVICE_TIME(120, status(ADDRESS, ADDRESS)),
    LAST_ERROR(128, FunctionDescriptor.of(ADDRESS, ADDRESS));

    /// All of them or none.
    static final List<NativeFunction> MEMORY = List.of(ALLOCATE, FREE, WRITE, READ);

    private static final List<NativeFunction> OPTIONAL =
            List.of(INFO, CONTRACT, ALLOCATE, FREE, WRITE, READ, DEVICE_TIME);

    private final long offset;

    @SuppressWarnings("ImmutableEnumChecker") // never written after construction, and immutable
    private final FunctionDescriptor descriptor;

    NativeFunction(long offset, FunctionDescriptor descriptor) {
        this.offset = offset;
        this.descriptor = descriptor;
    }

    private static FunctionDescriptor status(MemoryLayout... arguments) {
        return FunctionDescriptor.of(JAVA_INT, arguments);
    }

    FunctionDescriptor descriptor() {
        return descriptor;
    }

    /// Where its pointer lies in the table.
    long offset() {
        return offset;
    }

    boolean isOptional() {
        return OPTIONAL.contains(this);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
