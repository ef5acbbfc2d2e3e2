package dev.assay.operator.linalg;

import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Base of the operators on matrices `A[.., m, n]`, each of a batch by itself.
abstract class Factorisation extends NamedOperator {
    static final Set<DType> REALS = Signature.only(DType.F32, DType.F64);

    /// Recipes whose matrices have no factorisation, or one that leaves the range of the type.
    private static final Set<String> UNFIT =
            Set.of("specials", "codes", "subnormals", "subnormals-partner", "overflow", "overflow-partner", "one-hot");

    Factorisation(String name, String formula, String source, Signature signature) {
        super(name, "", new About(formula, source, About.Errors.COMPOSITE), signature);
    }

    /// Shape of the first input. Throws [InvalidCallException] if it has no matrices.
    final Shape matrices(Call call) {
        Shape shape = call.input("A").shape();
        require(shape.rank() >= 2, "A has shape " + shape, "input A", "give it two dimensions or more");
        return shape;
    }

    /// The same of square matrices.
    final Shape squares(Call call) {
        Shape shape = matrices(call);
        require(
                shape.dim(-1) == shape.dim(-2),
                "A has matrices of " + shape.dim(-2) + " rows and " + shape.dim(-1) + " columns",
                "input A",
                "give square ones");
        return shape;
    }

    final Shape batch(Call call) {
        Shape shape = matrices(call);
        return shape.slice(0, shape.rank() - 2);
    }

    /// Whether an attribute is 1. Throws [InvalidCallException] unless it is 0 or 1.
    final boolean flag(Call call, String attribute) {
        long value = call.attributes().integer(attribute);
        require(value == 0 || value == 1, attribute + " " + value, "attribute " + attribute, "give 0 or 1");
        return value == 1;
    }

    /// Floating-point operations for a matrix of these sizes.
    abstract double flops(double rows, double columns);

    @Override
    public Cost cost(Call call) {
        Shape shape = matrices(call);
        return new Cost(
                batch(call).elements() * flops((double) shape.dim(-2), (double) shape.dim(-1)), call.tensorBytes());
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return batch(call).rank() == 0
                ? Optional.empty()
                : Optional.of(new BatchAxis(
                        signature().inputs().stream().collect(Collectors.toMap(Parameter::name, input -> 0)),
                        signature().outputs().stream().collect(Collectors.toMap(Parameter::name, output -> 0))));
    }

    /// What a recipe for the whole case makes of an input; of `A` whatever this operator takes.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        if (UNFIT.contains(Fills.nameOf(dataSet)) || Fills.needsOperator(dataSet)) {
            throw new InvalidCallException(
                    "fill '" + dataSet.name() + "' gives matrices that have no factorisation",
                    name(),
                    "use normal, integers, large-mean, repeating or another that gives finite numbers of one size");
        }
        return dataSet;
    }
}
