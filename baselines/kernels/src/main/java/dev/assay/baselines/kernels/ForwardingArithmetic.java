package dev.assay.baselines.kernels;

import dev.assay.numerics.Matrix;
import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/// Another arithmetic, of which some steps are taken differently: those whose methods are overridden. Steps that are
/// made of others, such as [#sum], stay those of the other.
public abstract class ForwardingArithmetic implements Arithmetic {
    /// What is not overridden.
    protected final Arithmetic plain;

    protected ForwardingArithmetic(Arithmetic plain) {
        this.plain = plain;
    }

    @Override
    public DType type() {
        return plain.type();
    }

    @Override
    public double round(double value) {
        return plain.round(value);
    }

    @Override
    public double add(double a, double b) {
        return plain.add(a, b);
    }

    @Override
    public double subtract(double a, double b) {
        return plain.subtract(a, b);
    }

    @Override
    public double multiply(double a, double b) {
        return plain.multiply(a, b);
    }

    @Override
    public double multiplyAdd(double a, double b, double c) {
        return plain.multiplyAdd(a, b, c);
    }

    @Override
    public double product(double a, double b, double c) {
        return plain.product(a, b, c);
    }

    @Override
    public double divide(double a, double b) {
        return plain.divide(a, b);
    }

    @Override
    public double sqrt(double x) {
        return plain.sqrt(x);
    }

    @Override
    public double reciprocalSqrt(double x) {
        return plain.reciprocalSqrt(x);
    }

    @Override
    public double function(DoubleUnaryOperator exact, double x) {
        return plain.function(exact, x);
    }

    @Override
    public double exp(double x) {
        return plain.exp(x);
    }

    @Override
    public double expm1(double x) {
        return plain.expm1(x);
    }

    @Override
    public double log1p(double x) {
        return plain.log1p(x);
    }

    @Override
    public double log(double x) {
        return plain.log(x);
    }

    @Override
    public double tanh(double x) {
        return plain.tanh(x);
    }

    @Override
    public double erf(double x) {
        return plain.erf(x);
    }

    @Override
    public double sin(double x) {
        return plain.sin(x);
    }

    @Override
    public double cos(double x) {
        return plain.cos(x);
    }

    @Override
    public double pow(double x, double y) {
        return plain.pow(x, y);
    }

    @Override
    public double sum(double[] terms, int count) {
        return plain.sum(terms, count);
    }

    @Override
    public double dot(double[] a, double[] b, int count) {
        return plain.dot(a, b, count);
    }

    @Override
    public double largest(double[] x, int count) {
        return plain.largest(x, count);
    }

    @Override
    public double squaredDistances(double[] x, double mean, int count) {
        return plain.squaredDistances(x, mean, count);
    }

    /// The steps of a sum may be others here.
    @Override
    public Optional<double[]> matrixProduct(Matrix left, Matrix right, int rows, int columns, int depth) {
        return Optional.empty();
    }

    @Override
    public Arithmetic integers() {
        return plain.integers();
    }

    @Override
    public int keyParts() {
        return plain.keyParts();
    }
}
