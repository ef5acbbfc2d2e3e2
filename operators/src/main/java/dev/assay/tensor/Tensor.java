package dev.assay.tensor;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;

/// Values in off-heap memory, in the dtype's own encoding, little-endian.
///
/// Nothing here widens a whole tensor: [#decode] and [#encode] convert a run of elements, in row-major order,
/// between memory and an array of doubles.
public final class Tensor {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorSpec spec;
    private final MemorySegment memory;
    private final boolean dense;

    private Tensor(TensorSpec spec, MemorySegment memory) {
        this.spec = requireNonNull(spec, "spec");
        this.memory = requireNonNull(memory, "memory");
        this.dense = spec.isDense();
        if (memory.byteSize() < spec.byteSize()) {
            throw new IllegalArgumentException(
                    spec + " needs " + spec.byteSize() + " bytes, the memory has " + memory.byteSize());
        }
    }

    /// Zero-filled memory of its own, freed with the arena.
    public static Tensor allocate(TensorSpec spec, Arena arena) {
        return new Tensor(spec, arena.allocate(Math.max(1, spec.byteSize()), 64));
    }

    /// A view of memory that somebody else owns; element 0 is at its first byte.
    public static Tensor of(TensorSpec spec, MemorySegment memory) {
        return new Tensor(spec, memory);
    }

    /// A dense tensor with these values, each rounded once to `dtype`.
    public static Tensor of(Arena arena, DType dtype, Shape shape, double... values) {
        if (values.length != shape.elements()) {
            throw new IllegalArgumentException(values.length + " values for shape " + shape);
        }
        Tensor tensor = allocate(TensorSpec.dense(dtype, shape), arena);
        tensor.encode(0, values.length, values, 0);
        return tensor;
    }

    public TensorSpec spec() {
        return spec;
    }

    public DType dtype() {
        return spec.dtype();
    }

    public Shape shape() {
        return spec.shape();
    }

    public MemorySegment memory() {
        return memory;
    }

    /// Where the element with row-major number `index` lies, in elements from the start of the memory.
    public long position(long index) {
        if (dense) {
            return index;
        }
        long rest = index;
        long position = 0;
        for (int axis = spec.shape().rank() - 1; axis >= 0; axis--) {
            long dim = spec.shape().dim(axis);
            position += rest % dim * spec.strides().get(axis);
            rest /= dim;
        }
        return position;
    }

    /// The code of the element at a memory position (see [#position]), in the low bits.
    public long codeAt(long position) {
        return switch (spec.dtype().bits()) {
            case 64 -> memory.get(LONG, position * 8);
            case 32 -> memory.get(INT, position * 4) & 0xFFFF_FFFFL;
            case 16 -> memory.get(SHORT, position * 2) & 0xFFFFL;
            case 8 -> memory.get(ValueLayout.JAVA_BYTE, position) & 0xFFL;
            default -> {
                int bits = spec.dtype().bits();
                long bit = position * bits;
                int octet = memory.get(ValueLayout.JAVA_BYTE, bit >>> 3) & 0xFF;
                yield (octet >>> (bit & 7)) & ((1 << bits) - 1);
            }
        };
    }

    public void setCodeAt(long position, long code) {
        switch (spec.dtype().bits()) {
            case 64 -> memory.set(LONG, position * 8, code);
            case 32 -> memory.set(INT, position * 4, (int) code);
            case 16 -> memory.set(SHORT, position * 2, (short) code);
            case 8 -> memory.set(ValueLayout.JAVA_BYTE, position, (byte) code);
            default -> {
                int bits = spec.dtype().bits();
                long bit = position * bits;
                int shift = (int) (bit & 7);
                int mask = (1 << bits) - 1;
                int octet = memory.get(ValueLayout.JAVA_BYTE, bit >>> 3) & ~(mask << shift);
                memory.set(ValueLayout.JAVA_BYTE, bit >>> 3, (byte) (octet | ((int) code & mask) << shift));
            }
        }
    }

    /// The value of the element with row-major number `index`.
    public double get(long index) {
        return spec.dtype().decode(codeAt(position(index)));
    }

    /// Rounds `value` once and stores it.
    public void set(long index, double value) {
        setCodeAt(position(index), spec.dtype().encode(value));
    }

    /// Decodes `count` elements from row-major number `start` into `into[at...]`.
    public void decode(long start, int count, double[] into, int at) {
        if (dense) {
            decodeRun(start, 1, count, into, at);
        } else {
            eachRun(
                    start,
                    count,
                    (position, step, length, offset) -> decodeRun(position, step, length, into, at + offset));
        }
    }

    /// Rounds `count` doubles once each and stores them from row-major number `start`.
    public void encode(long start, int count, double[] from, int at) {
        if (dense) {
            encodeRun(start, 1, count, from, at);
        } else {
            eachRun(
                    start,
                    count,
                    (position, step, length, offset) -> encodeRun(position, step, length, from, at + offset));
        }
    }

    private interface RunBody {
        void accept(long position, long step, int length, int offset);
    }

    /// Splits a row-major range of a strided tensor at the ends of its innermost dimension.
    private void eachRun(long start, int count, RunBody body) {
        int rank = spec.shape().rank();
        long inner = rank == 0 ? 1 : spec.shape().dim(-1);
        long step = rank == 0 ? 1 : spec.strides().get(rank - 1);
        int done = 0;
        while (done < count) {
            long index = start + done;
            int length = (int) Math.min(count - done, inner - index % inner);
            body.accept(position(index), step, length, done);
            done += length;
        }
    }

    /// Whether no element is NaN or infinite.
    public boolean isFinite() {
        if (!dtype().isFloat() || shape().elements() == 0) {
            return true;
        }
        AtomicBoolean finite = new AtomicBoolean(true);
        new MemoryOrder(spec).forEachLine((position, step, index, indexStep, length) -> {
            if (finite.get()) {
                double[] line = new double[length];
                decodeRun(position, step, length, line, 0);
                double sum = 0;
                for (double value : line) {
                    // Zero for finite values, NaN for the others.
                    sum += value * 0;
                }
                if (Double.isNaN(sum)) {
                    finite.set(false);
                }
            }
        });
        return finite.get();
    }

    /// Decodes elements that lie `step` apart in memory, from memory position `position`.
    public void decodeRun(long position, long step, int count, double[] into, int at) {
        if (count == 0) {
            // The run's position may lie behind the memory of an empty tensor.
            return;
        }
        if (step != 1) {
            for (int i = 0; i < count; i++) {
                into[at + i] = spec.dtype().decode(codeAt(position + i * step));
            }
            return;
        }
        switch (spec.dtype()) {
            case F64 -> MemorySegment.copy(memory, DOUBLE, position * 8, into, at, count);
            case F32 -> decodeF32(position, count, into, at);
            case F16 -> decodeF16(position, count, into, at);
            case BF16 -> decodeBf16(position, count, into, at);
            default -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = spec.dtype().decode(codeAt(position + i));
                }
            }
        }
    }

    private static final boolean VECTORS =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    // One loop to a method: each is compiled, and vectorised, by itself.

    private void decodeF32(long position, int count, double[] into, int at) {
        for (int i = 0; i < count; i++) {
            into[at + i] = memory.get(FLOAT, (position + i) * 4);
        }
    }

    private void decodeF16(long position, int count, double[] into, int at) {
        for (int i = 0; i < count; i++) {
            into[at + i] = Float.float16ToFloat(memory.get(SHORT, (position + i) * 2));
        }
    }

    private void decodeBf16(long position, int count, double[] into, int at) {
        for (int i = VECTORS ? VectorBf16.decode(memory, position, count, into, at) : 0; i < count; i++) {
            into[at + i] = Float.intBitsToFloat(memory.get(SHORT, (position + i) * 2) << 16);
        }
    }

    /// Rounds doubles once each into elements that lie `step` apart in memory, from memory position `position`.
    void encodeRun(long position, long step, int count, double[] from, int at) {
        if (count == 0) {
            return;
        }
        if (step != 1) {
            for (int i = 0; i < count; i++) {
                setCodeAt(position + i * step, spec.dtype().encode(from[at + i]));
            }
            return;
        }
        switch (spec.dtype()) {
            case F64 -> MemorySegment.copy(from, at, memory, DOUBLE, position * 8, count);
            case F32 -> encodeF32(position, count, from, at);
            case F16 -> encodeF16(position, count, from, at);
            case BF16 -> encodeBf16(position, count, from, at);
            default -> {
                for (int i = 0; i < count; i++) {
                    setCodeAt(position + i, spec.dtype().encode(from[at + i]));
                }
            }
        }
    }

    private void encodeF32(long position, int count, double[] from, int at) {
        for (int i = 0; i < count; i++) {
            memory.set(FLOAT, (position + i) * 4, (float) from[at + i]);
        }
    }

    private void encodeF16(long position, int count, double[] from, int at) {
        for (int i = 0; i < count; i++) {
            memory.set(SHORT, (position + i) * 2, Rounding.f16Code(from[at + i]));
        }
    }

    private void encodeBf16(long position, int count, double[] from, int at) {
        for (int i = 0; i < count; i++) {
            memory.set(SHORT, (position + i) * 2, Rounding.bf16Code(from[at + i]));
        }
    }

    @Override
    public String toString() {
        return spec.toString();
    }
}
