package dev.assay.baselines.cpu;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBuffer;
import dev.assay.backend.Kernel;
import dev.assay.backend.Lifetime;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.KernelLibrary;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// The host's processor, open.
final class CpuBackend implements Backend {
    private static final Set<DType> FLOATS = Set.of(DType.F64, DType.F32, DType.F16, DType.BF16);

    private static final ComputeContract PRODUCTS =
            ComputeContract.strict().deterministic(true).build();

    /// Softmax in f64: exp within 1 ulp, tanh within 2.5 (`java.lang.Math`; at most 1.25 of the contract's units),
    /// and a division that is a reciprocal and a product.
    private static final ComputeContract SOFTMAX_F64 =
            PRODUCTS.toBuilder().expUlps(1).tanhUlps(1.25).divideUlps(1).build();

    /// Products in f32, softmax in f64: of its errors only the rounding of each probability to f32 is left.
    private static final ComputeContract SOFTMAX_BETWEEN_F32 =
            PRODUCTS.toBuilder().expUlps(0.5).tanhUlps(0).divideUlps(0).build();

    /// Everything in f64, rounded once at the end. The inverse deviation is a square root and a division.
    private static final ComputeContract ALL_F64 =
            PRODUCTS.toBuilder().accumulator(DType.F64).rsqrtUlps(1).build();

    /// What the kernels of the library do in f64: better than the strict contract asks of f32, and no better than it in
    /// f64.
    private static final ComputeContract SHARED = PRODUCTS;

    /// How one operator is computed.
    ///
    /// @param others inputs that may be of one more type than the floating-point ones
    private record Entry(
            Function<Call, ComputeContract> contract, Map<String, DType> others, Preparation preparation) {}

    @FunctionalInterface
    private interface Preparation {
        Kernel prepare(Call call, Workers workers);
    }

    private static final Map<String, Entry> OPERATORS = new TreeMap<>(Map.of(
            "attention",
                    new Entry(
                            call -> AttentionKernel.type(call) == DType.F64 ? SOFTMAX_F64 : SOFTMAX_BETWEEN_F32,
                            Map.of("attn_mask", DType.BOOL, "nonpad_kv_seqlen", DType.I64),
                            AttentionKernel::new),
            "layer_normalization",
                    new Entry(
                            call -> FastKernels.normalises(call) ? PRODUCTS : ALL_F64,
                            Map.of(),
                            (call, workers) -> FastKernels.normalises(call)
                                    ? RowNormalizationKernel.layer(call, workers)
                                    : new LayerNormalizationKernel(call, workers)),
            "matmul", new Entry(call -> PRODUCTS, Map.of(), MatMulKernel::new)));

    private final DeviceInfo device;
    private final Workers workers;
    private final Lifetime lifetime = new Lifetime();

    private CpuBackend(DeviceInfo device, Workers workers) {
        this.device = device;
        this.workers = workers;
    }

    /// Loads ND4J. Throws [dev.assay.HarnessException] where that is not possible.
    static CpuBackend open(int threads) {
        Nd4jRuntime.load();
        return new CpuBackend(HostCpu.describe(threads), new Workers(threads));
    }

    @Override
    public DeviceInfo device() {
        return device;
    }

    @Override
    public ComputeContract contract(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        return entry == null ? SHARED : entry.contract().apply(call);
    }

    @Override
    public Support supports(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        if (entry == null) {
            return KernelLibrary.supports(call);
        }
        for (Call.Operand operand : call.inputs()) {
            Optional<String> refusal = operand.spec().flatMap(spec -> refusal(operand.name(), spec, entry.others()));
            if (refusal.isPresent()) {
                return Support.no(refusal.get());
            }
        }
        for (Call.Operand operand : call.outputs()) {
            if (!operand.spec().map(TensorSpec::isDense).orElse(true)) {
                return Support.no(operand.name() + " is not dense: results are written in row-major order only");
            }
        }
        return Support.yes();
    }

    private static Optional<String> refusal(String name, TensorSpec spec, Map<String, DType> others) {
        if (!FLOATS.contains(spec.dtype()) && others.get(name) != spec.dtype()) {
            return Optional.of(name + " is " + spec.dtype() + ", computed are f64, f32, f16 and bf16");
        }
        // All of Scale is one line, whatever its shape.
        Shape sizes = name.equals("Scale") ? Shape.of(spec.shape().elements()) : spec.shape();
        for (long size : sizes.toArray()) {
            if (size > Integer.MAX_VALUE) {
                return Optional.of(name + " " + spec + ": lines and BLAS are counted in 32 bits");
            }
        }
        return Optional.empty();
    }

    @Override
    public Buffer allocate(long bytes) {
        lifetime.check();
        return HostBuffer.allocate(bytes);
    }

    @Override
    public Kernel prepare(Call call) {
        lifetime.check();
        return lifetime.guard(planned(call));
    }

    private Kernel planned(Call call) {
        Entry entry = OPERATORS.get(call.operator());
        if (supports(call) instanceof Support.No(String reason)) {
            throw new UnsupportedCallException(reason);
        }
        if (entry == null) {
            Optional<Kernel> fast = FastKernels.of(call, workers);
            if (fast.isPresent()) {
                return fast.get();
            }
            SharedKernel kernel = KernelLibrary.plan(call, Arithmetic.F64);
            return arguments -> () -> kernel.run(arguments);
        }
        return entry.preparation().prepare(call, workers);
    }

    @Override
    public void close() {
        if (lifetime.close()) {
            workers.close();
        }
    }
}
