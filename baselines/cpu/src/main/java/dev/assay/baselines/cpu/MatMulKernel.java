package dev.assay.baselines.cpu;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `matmul`: an operand that BLAS can read where it lies is read there; a 16-bit or oddly strided one is copied to
/// the workspace first. A 16-bit result is made there as f32, and then rounded to the output.
final class MatMulKernel implements Kernel {
    /// Products up to this size go to one thread each, and larger ones to all threads one after the other: in
    /// parallel they would push each other's operands out of the caches.
    private static final double FLOPS_OF_A_SMALL_PRODUCT = 1e9;

    /// Below this BLAS itself stays with one thread, and waking others costs more than it saves.
    private static final double FLOPS_WORTH_A_THREAD = 1e6;

    private static final int ELEMENTS_PER_TASK = 1 << 16;

    private final Workers workers;
    private final Workspace workspace = new Workspace();
    private final DType dtype;
    private final boolean nothingToSum;
    private final Side a;
    private final Side b;
    private final Side y;

    MatMulKernel(Call call, Workers workers) {
        this.workers = workers;
        this.dtype = call.input("A").dtype() == DType.F64 ? DType.F64 : DType.F32;
        boolean row = call.input("A").shape().rank() == 1;
        boolean column = call.input("B").shape().rank() == 1;
        TensorSpec left = row ? withDimension(call.input("A"), 0) : call.input("A");
        TensorSpec right = column ? withDimension(call.input("B"), 1) : call.input("B");
        TensorSpec result = call.output("Y");
        result = column ? withDimension(result, result.shape().rank()) : result;
        result = row ? withDimension(result, result.shape().rank() - 1) : result;
        this.nothingToSum = result.shape().isEmpty() || left.shape().dim(-1) == 0;
        Shape batch = result.shape().slice(0, result.shape().rank() - 2);
        this.a = new Side(left, Matrices.of(left, batch));
        this.b = new Side(right, Matrices.of(right, batch));
        this.y = new Side(result, Matrices.of(result, batch));
    }

    /// The same values with a dimension of size 1 put in at `axis`.
    private static TensorSpec withDimension(TensorSpec spec, int axis) {
        List<Long> dims = new ArrayList<>(spec.shape().toList());
        List<Long> strides = new ArrayList<>(spec.strides());
        dims.add(axis, 1L);
        strides.add(axis, 1L);
        return new TensorSpec(spec.dtype(), Shape.of(dims), strides);
    }

    /// One tensor of the product.
    private final class Side {
        private final Matrices original;
        private final Matrices used;
        private final Optional<Workspace.Place> copy;

        Side(TensorSpec spec, Matrices original) {
            this.original = original;
            boolean inPlace = nothingToSum || (spec.dtype() == dtype && original.fit());
            this.used = inPlace ? original : original.packed();
            this.copy = inPlace
                    ? Optional.empty()
                    : Optional.of(workspace.place(
                            dtype, Math.multiplyExact(original.distinct(), original.rows() * original.columns())));
        }

        /// Where products find the matrices.
        Tensor operand(Tensor tensor, Arguments arguments) {
            return copy.map(place -> Workspace.tensor(place, arguments)).orElse(tensor);
        }

        /// Fills an operand's copy, line by line in the order in which it lies in memory.
        void load(Tensor tensor, Tensor operand) {
            Matrices lines = original.isColumnMajor() ? original.transposed() : original;
            int length = Math.toIntExact(lines.columns());
            eachLine(lines.distinct() * lines.rows(), length, (line, values) -> {
                tensor.decodeRun(lines.rowPosition(line), lines.columnStride(), length, values, 0);
                operand.encode(line * length, length, values, 0);
            });
        }

        /// Rounds the result from its copy.
        void store(Tensor tensor, Tensor operand) {
            int length = Math.toIntExact(original.columns());
            eachLine(original.distinct() * original.rows(), length, (line, values) -> {
                operand.decode(line * length, length, values, 0);
                tensor.encode(line * length, length, values, 0);
            });
        }

        boolean isCopied() {
            return copy.isPresent();
        }
    }

    private interface Line {
        void copy(long number, double[] values);
    }

    private void eachLine(long count, int length, Line line) {
        long perTask = Math.max(1, ELEMENTS_PER_TASK / length);
        workers.forEach(Math.ceilDiv(count, perTask), (worker, task) -> {
            double[] values = new double[length];
            long end = Math.min(count, (task + 1) * perTask);
            for (long number = task * perTask; number < end; number++) {
                line.copy(number, values);
            }
        });
    }

    @Override
    public long workspaceBytes() {
        return workspace.bytes();
    }

    @Override
    public Launch bind(Arguments arguments) {
        Tensor left = arguments.input("A").tensor();
        Tensor right = arguments.input("B").tensor();
        Tensor result = arguments.output("Y").tensor();
        if (nothingToSum) {
            return () -> result.memory().fill((byte) 0);
        }
        Tensor leftOperand = a.operand(left, arguments);
        Tensor rightOperand = b.operand(right, arguments);
        Tensor product = y.operand(result, arguments);
        Product.Operand x = new Product.Operand(leftOperand.memory(), a.used);
        Product.Operand w = new Product.Operand(rightOperand.memory(), b.used);
        Product.Operand z = new Product.Operand(product.memory(), y.used);
        boolean sharedRight = b.used.batchStrides().stream().allMatch(stride -> stride == 0);
        // A batch of left operands times one right operand is one product with many rows.
        List<Product> products = sharedRight && a.used.followEachOther()
                ? List.of(Product.of(dtype, stacked(x), firstOf(w), stacked(z)))
                : products(x, w, z);
        return () -> {
            if (a.isCopied()) {
                a.load(left, leftOperand);
            }
            if (b.isCopied()) {
                b.load(right, rightOperand);
            }
            run(products);
            if (y.isCopied()) {
                y.store(result, product);
            }
        };
    }

    private static Product.Operand stacked(Product.Operand operand) {
        return new Product.Operand(operand.memory(), operand.layout().stacked());
    }

    private static Product.Operand firstOf(Product.Operand operand) {
        Matrices all = operand.layout();
        return new Product.Operand(
                operand.memory(),
                Matrices.single(all.first(), all.rows(), all.columns(), all.rowStride(), all.columnStride()));
    }

    /// One for all of the batch, or several for threads to share.
    private List<Product> products(Product.Operand x, Product.Operand w, Product.Operand z) {
        List<Long> batch = y.used.batch();
        int axis = longest(batch);
        double flops = 2.0 * y.used.rows() * y.used.columns() * a.used.columns();
        boolean small = flops <= FLOPS_OF_A_SMALL_PRODUCT && flops * y.used.distinct() >= 2 * FLOPS_WORTH_A_THREAD;
        long parts = small ? Math.min(batch.get(axis), 4L * workers.count()) : 1;
        long step = Math.ceilDiv(batch.get(axis), parts);
        List<Product> products = new ArrayList<>();
        for (long from = 0; from < batch.get(axis); from += step) {
            long count = Math.min(step, batch.get(axis) - from);
            products.add(Product.of(
                    dtype, part(x, axis, from, count), part(w, axis, from, count), part(z, axis, from, count)));
        }
        return products;
    }

    private static int longest(List<Long> batch) {
        int longest = 0;
        for (int axis = 1; axis < batch.size(); axis++) {
            longest = batch.get(axis) > batch.get(longest) ? axis : longest;
        }
        return longest;
    }

    private static Product.Operand part(Product.Operand operand, int axis, long from, long count) {
        return new Product.Operand(operand.memory(), operand.layout().part(axis, from, count));
    }

    private void run(List<Product> products) {
        if (products.size() == 1) {
            Nd4jRuntime.withThreads(workers.count(), products.getFirst()::run);
            return;
        }
        Nd4jRuntime.withThreads(
                1,
                () -> workers.forEach(
                        products.size(),
                        (worker, number) ->
                                products.get(Math.toIntExact(number)).run()));
    }
}
