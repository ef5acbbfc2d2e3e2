package dev.assay.baselines.cpu;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// `matmul`: operands and results that BLAS can use as they lie in memory are used there; others are copied to
/// scratch memory first, or from it at the end.
final class MatMulKernel implements Kernel {
    /// Below this BLAS itself stays with one thread, and waking others costs more than it saves.
    private static final double FLOPS_WORTH_A_THREAD = 1e6;

    /// Products up to this size go to one thread each, and larger ones to all threads one after the other: in
    /// parallel they would push each other's operands out of the caches.
    private static final double FLOPS_OF_A_SMALL_PRODUCT = 1e9;

    private static final int LARGEST_NUMBER_OF_PARTS = 4096;

    private final Workers workers;
    private final Scratch scratch = new Scratch();
    private final DType dtype;
    private final MatMulSizes sizes;
    private final Side a;
    private final Side b;
    private final Side y;
    private final boolean inParallel;
    private final double[][] lines;

    MatMulKernel(Call call, Workers workers) {
        this.workers = workers;
        this.dtype = call.input("A").dtype() == DType.F64 ? DType.F64 : DType.F32;
        this.sizes = MatMulSizes.of(call.input("A"), call.input("B"), call.output("Y"));
        this.a = new Side(call.input("A").dtype(), sizes.a(), false);
        this.b = new Side(call.input("B").dtype(), sizes.b(), false);
        this.y = new Side(call.output("Y").dtype(), sizes.y(), true);
        double flops = 2.0 * sizes.m() * sizes.n() * sizes.k();
        this.inParallel = sizes.products() >= 2L * workers.count()
                && flops <= FLOPS_OF_A_SMALL_PRODUCT
                && flops * sizes.products() >= 2 * FLOPS_WORTH_A_THREAD;
        this.lines = new double[workers.count()][Math.toIntExact(longestLine())];
    }

    private long longestLine() {
        return Math.max(sizes.n(), Math.max(a.layout.lineLength(), b.layout.lineLength()));
    }

    /// One tensor of the product.
    private final class Side {
        /// As the products see it: where it lies, or in the copy.
        final MatMulSizes.Layout layout;

        private final MatMulSizes.Layout original;
        private final List<Tensor> copy;

        Side(DType stored, MatMulSizes.Layout original, boolean result) {
            boolean direct = stored == dtype
                    && (result ? original.isRowMajor() : original.fits())
                    && !(sizes.k() == 0 || sizes.isEmpty());
            this.original = original;
            this.layout = direct ? original : original.packed(result);
            this.copy = direct ? List.of() : List.of(scratch.allocate(dtype, layout.elements()));
        }

        /// The memory that products work on.
        Tensor operand(Tensor tensor) {
            return copy.isEmpty() ? tensor : copy.getFirst();
        }

        /// Copies an operand, line by line in the order in which it lies in memory.
        void load(Tensor tensor) {
            if (copy.isEmpty()) {
                return;
            }
            Tensor into = copy.getFirst();
            int length = Math.toIntExact(original.lineLength());
            forEachChunk(original.lineCount() * original.matrices(), length, (worker, line) -> {
                double[] values = lines[worker];
                tensor.decodeRun(original.linePosition(line), original.lineStep(), length, values, 0);
                into.encode(line * length, length, values, 0);
            });
        }

        /// Rounds the result from its copy.
        void store(Tensor tensor) {
            if (copy.isEmpty()) {
                return;
            }
            int length = Math.toIntExact(sizes.n());
            forEachChunk(sizes.products() * sizes.m(), length, (worker, row) -> {
                double[] values = lines[worker];
                copy.getFirst().decode(row * length, length, values, 0);
                tensor.encode(row * length, length, values, 0);
            });
        }
    }

    private interface Line {
        void copy(int worker, long number);
    }

    private void forEachChunk(long count, int length, Line line) {
        long perChunk = Math.max(1, (1 << 16) / Math.max(1, length));
        workers.forEach(Math.toIntExact(Math.ceilDiv(count, perChunk)), (worker, chunk) -> {
            long end = Math.min(count, (chunk + 1) * perChunk);
            for (long number = chunk * perChunk; number < end; number++) {
                line.copy(worker, number);
            }
        });
    }

    @Override
    public Launch bind(Arguments arguments) {
        Tensor left = arguments.input("A").tensor();
        Tensor right = arguments.input("B").tensor();
        Tensor result = arguments.output("Y").tensor();
        if (sizes.isEmpty() || sizes.k() == 0) {
            // The copy of the result holds zeros, and nobody writes it.
            return () -> y.store(result);
        }
        List<Product> products = products(left, right, result);
        return () -> {
            a.load(left);
            b.load(right);
            Nd4jRuntime.useThreads(inParallel ? 1 : workers.count());
            if (inParallel) {
                workers.forEach(
                        products.size(),
                        (worker, number) -> products.get(number).run());
            } else {
                products.forEach(Product::run);
            }
            y.store(result);
        };
    }

    private List<Product> products(Tensor left, Tensor right, Tensor result) {
        // Only single products can be told to BLAS as matrix times vector.
        boolean vectors = sizes.m() == 1 || sizes.n() == 1;
        long parts =
                vectors ? Math.min(sizes.products(), LARGEST_NUMBER_OF_PARTS) : inParallel ? 4L * workers.count() : 1;
        List<Product> products = new ArrayList<>();
        for (MatMulSizes.Part part : sizes.parts(parts)) {
            products.add(Product.of(
                    dtype,
                    part.batch(),
                    sizes.m(),
                    sizes.n(),
                    sizes.k(),
                    a.layout.strided(a.operand(left).memory(), part),
                    b.layout.strided(b.operand(right).memory(), part),
                    y.layout.strided(y.operand(result).memory(), part)));
        }
        return products;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
