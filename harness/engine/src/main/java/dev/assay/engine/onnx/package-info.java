/// Real input: node tests of the ONNX backend test suite, as cases.
///
/// Start at [OnnxFolder]. Reading the files is the business of ONNX's own protobuf classes.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.onnx;
