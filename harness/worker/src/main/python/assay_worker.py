#!/usr/bin/env python3
"""Backends of Assay in Python, and PyTorch as one of them.

A backend is a class and one line that serves it:

    import numpy as np
    import assay_worker as assay

    class Acme(assay.Backend):
        name = "acme"
        version = "1.0"

        def device(self):
            return {"model": "Acme N1 64GB", "driver": "acme 2.3"}

        def supports(self, call):
            if call.operator != "matmul" or call.inputs["A"].dtype != "f32":
                return "only matmul of f32 so far"

        def prepare(self, call):
            return lambda inputs, outputs: np.matmul(inputs["A"], inputs["B"], out=outputs["Y"])

    assay.serve(Acme())

Assay starts it with a socket as last argument: `assay run smoke --backend external:cmd=acme.py`. What the operators
compute is said in docs/operators.md and docs/semantics.md, what a contract is in docs/contract.md. Everything about the
wire (docs/worker-protocol.md) is done here. What the program prints goes to a log.

Needs Python 3.8 and numpy. `python3 assay_worker.py torch SOCKET` serves PyTorch, on any device that it has; that part
begins at TorchBackend and is of no concern to others.
"""

import gc
import importlib
import itertools
import json
import math
import mmap
import os
import queue
import re
import signal
import socket
import struct
import sys
import threading
import time
import traceback

import numpy as np

PROTOCOL = 1

# --- Element types --------------------------------------------------------------------------------------------------


class DType:
    """An element type: how it is stored, and how codes become values.

    `storage` is the numpy type of a tensor's elements. Types that numpy does not have are raw codes: `bf16` is uint16,
    the types of 8 bits are uint8. Those narrower than a byte (`packed`) are uint8, one element each, when unpacked.
    """

    def __init__(self, name, bits, storage, kind, mantissa=0, bias=0, largest=0, special=""):
        self.name = name
        self.bits = bits
        self.storage = np.dtype(storage)
        self.kind = kind  # "float", "signed", "unsigned" or "bool"
        self.packed = bits < 8
        self.coded = bool(special) and name not in ("f16",)
        self._mantissa, self._bias, self._largest, self._special = mantissa, bias, largest, special
        self._table = None

    def __repr__(self):
        return self.name

    @property
    def is_float(self):
        return self.kind == "float"

    def decode(self, codes):
        """Values of codes: f32 for narrow floats, whose values it holds exactly, int8 or uint8 for i4, i2, u4, u2."""
        codes = np.asarray(codes, self.storage)
        if self.packed and self.kind == "signed":
            return (codes << (8 - self.bits)).astype(np.uint8).view(np.int8) >> (8 - self.bits)
        if not self.coded:
            return codes
        return self._values()[codes]

    def encode(self, values, saturate=False):
        """Codes of values, rounded once, to nearest with ties to even.

        What is too large becomes infinite, NaN where the type has no infinity, and the largest number of its sign if it
        has neither or with `saturate`. Integers are cut to their low bits.
        """
        if self.packed and not self.is_float:
            return np.asarray(values).astype(np.int64).astype(np.uint8) & np.uint8((1 << self.bits) - 1)
        if not self.coded:
            return np.asarray(values).astype(self.storage)
        values = np.asarray(values)
        if self.name == "bf16" and values.dtype == np.float32 and not saturate:
            bits = values.view(np.uint32)
            rounded = (bits + (np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1)))) >> np.uint32(16)
            return np.where(np.isnan(values), np.uint32(self._nan()), rounded).astype(np.uint16)
        with np.errstate(invalid="ignore"):  # signalling NaN
            return self._round(values.astype(np.float64), saturate).astype(self.storage)

    def _round(self, values, saturate):
        magnitudes = np.abs(values)
        numbers = self._values(np.float64)[: self._largest + 1]
        step = numbers[-1] - numbers[-2] if self._special != "scale" else numbers[-1]
        borders = (numbers + np.append(numbers[1:], numbers[-1] + step)) / 2
        codes = np.searchsorted(borders, magnitudes, side="left")
        tie = (codes <= self._largest) & (borders[np.minimum(codes, self._largest)] == magnitudes)
        codes += tie & (codes % 2 == 1)
        negative = np.signbit(values)
        sign = np.where(negative, 0 if self._special == "scale" else 1 << (self.bits - 1), 0)
        if saturate or self._special == "finite":
            beyond = sign | self._largest
        else:
            beyond = sign | (self._largest + 1 if self._special == "ieee" else self._nan())
        result = np.where(codes > self._largest, beyond, sign | codes)
        if self._special == "fnuz":
            result = np.where(codes == 0, 0, result)
        wrong = np.isnan(values)
        if self._special == "scale":
            wrong |= negative | (values == 0)
        return np.where(wrong, self._nan(), result)

    def _nan(self):
        if self._special in ("fnuz", "finite"):  # "finite" has no NaN: negative zero
            return 1 << (self.bits - 1)
        return self._largest + 1 if self._special != "ieee" else self._largest + 1 | 1 << (self._mantissa - 1)

    def _values(self, dtype=np.float32):
        if self._table is None:
            self._table = np.array([self._value(code) for code in range(1 << self.bits)])
        return self._table.astype(dtype)

    def _value(self, code):
        if self._special == "scale":
            return math.nan if code > self._largest else math.ldexp(1.0, code - self._bias)
        top = 1 << (self.bits - 1)
        magnitude, sign = code & (top - 1), -1.0 if code & top else 1.0
        if self._special == "fnuz" and code == top:
            return math.nan
        if magnitude > self._largest:
            return sign * math.inf if self._special == "ieee" and magnitude == self._largest + 1 else math.nan
        exponent, fraction = magnitude >> self._mantissa, magnitude & ((1 << self._mantissa) - 1)
        if exponent:
            fraction |= 1 << self._mantissa
        return sign * math.ldexp(fraction, max(exponent, 1) - self._bias - self._mantissa)


DTYPES = {
    dtype.name: dtype
    for dtype in [
        DType("f64", 64, "<f8", "float"),
        DType("f32", 32, "<f4", "float"),
        DType("f16", 16, "<f2", "float", 10, 15, 0x7BFF, "ieee"),
        DType("bf16", 16, "<u2", "float", 7, 127, 0x7F7F, "ieee"),
        DType("f8e4m3", 8, "u1", "float", 3, 7, 0x7E, "nan all ones"),
        DType("f8e4m3fnuz", 8, "u1", "float", 3, 8, 0x7F, "fnuz"),
        DType("f8e5m2", 8, "u1", "float", 2, 15, 0x7B, "ieee"),
        DType("f8e5m2fnuz", 8, "u1", "float", 2, 16, 0x7F, "fnuz"),
        DType("f4e2m1", 4, "u1", "float", 1, 1, 0x7, "finite"),
        DType("e8m0", 8, "u1", "float", 0, 127, 0xFE, "scale"),
        DType("i64", 64, "<i8", "signed"),
        DType("i32", 32, "<i4", "signed"),
        DType("i16", 16, "<i2", "signed"),
        DType("i8", 8, "i1", "signed"),
        DType("i4", 4, "u1", "signed"),
        DType("i2", 2, "u1", "signed"),
        DType("u64", 64, "<u8", "unsigned"),
        DType("u32", 32, "<u4", "unsigned"),
        DType("u16", 16, "<u2", "unsigned"),
        DType("u8", 8, "u1", "unsigned"),
        DType("u4", 4, "u1", "unsigned"),
        DType("u2", 2, "u1", "unsigned"),
        DType("bool", 8, "?", "bool"),
    ]
}


class Packed:
    """A tensor of a type narrower than a byte, in host memory."""

    def __init__(self, spec, memory, offset):
        self.spec = spec
        dtype = DTYPES[spec.dtype]
        self._bits = dtype.bits
        self._bytes = np.frombuffer(memory, np.uint8, -(-spec.extent * dtype.bits // 8), offset)
        self._places = np.zeros((), np.int64)
        for axis, (size, stride) in enumerate(zip(spec.shape, spec.strides)):
            steps = np.arange(size, dtype=np.int64) * stride
            self._places = self._places[..., None] + steps
        self._places = self._places.reshape(spec.shape)

    def codes(self):
        """The elements, a uint8 each."""
        per_byte = 8 // self._bits
        shifts = (self._places % per_byte * self._bits).astype(np.uint8)
        return self._bytes[self._places // per_byte] >> shifts & np.uint8((1 << self._bits) - 1)

    def store(self, codes):
        """Writes elements; what lies between and beside them stays as it is."""
        per_byte = 8 // self._bits
        single = self._bytes[:, None] >> np.arange(0, 8, self._bits, dtype=np.uint8)
        single = (single & np.uint8((1 << self._bits) - 1)).reshape(-1)
        single[self._places] = np.broadcast_to(codes, self.spec.shape)
        single = single.reshape(-1, per_byte) << np.arange(0, 8, self._bits, dtype=np.uint8)
        self._bytes[:] = np.bitwise_or.reduce(single, axis=1)


# --- Calls ----------------------------------------------------------------------------------------------------------


class Spec:
    """A tensor of a call without its values. `strides` count elements; 0 repeats an element."""

    def __init__(self, name, dtype, shape, strides, alias_of=None):
        self.name = name
        self.dtype = dtype
        self.shape = tuple(shape)
        self.strides = tuple(strides)
        self.alias_of = alias_of  # for an output: the input in whose memory it is written

    @property
    def elements(self):
        return math.prod(self.shape)

    @property
    def extent(self):
        """Elements from the first to the last in memory, both included."""
        if self.elements == 0:
            return 0
        return 1 + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides))

    def __repr__(self):
        return "%s[%s]" % (self.dtype, ",".join(map(str, self.shape)))


class Call:
    """An operator with everything about its tensors but their values.

    `inputs` and `outputs` are Specs by name, in the order of the signature; absent operands are missing. `attributes`
    are numbers, texts and lists by name. `constants` are lists of the values of inputs that shapes follow from.
    """

    def __init__(self, operator, inputs, outputs, attributes, constants):
        self.operator = operator
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.constants = constants

    def members(self, name):
        """Names of the tensors of a variadic operand: "data.0", "data.1", ..."""
        return [full for full in {**self.inputs, **self.outputs} if re.fullmatch(re.escape(name) + r"\.\d+", full)]

    def __repr__(self):
        operands = ", ".join("%s=%s" % item for item in self.inputs.items())
        results = ", ".join("%s=%s" % item for item in self.outputs.items())
        return "%s(%s) -> (%s) %s" % (self.operator, operands, results, self.attributes)

    @staticmethod
    def parse(wire):
        def operands(items):
            return {
                item["name"]: Spec(item["name"], item["dtype"], item["shape"], item["strides"], item.get("alias_of"))
                for item in items
                if "dtype" in item
            }

        def attribute(wire_value):
            ((kind, value),) = wire_value.items()
            if kind == "real":
                return float(value)
            return [float(number) for number in value] if kind == "reals" else value

        attributes = {name: attribute(value) for name, value in wire.get("attributes", {}).items()}
        return Call(
            wire["operator"],
            operands(wire["inputs"]),
            operands(wire["outputs"]),
            attributes,
            wire.get("constants", {}),
        )


# --- What a vendor implements ---------------------------------------------------------------------------------------


class Unsupported(Exception):
    """Raised by `prepare` for a call that the backend does not run; its text is the reason."""


class OutOfMemory(Exception):
    """Raised where the device, or the host, has no memory left."""


class Backend:
    """A kind of device. Subclasses say what it is, what it runs, and how.

    All methods are called by one thread. A kernel that holds Python's global lock for long (an extension that does not
    release it) keeps the program from noticing that Assay is gone, and from giving signs of life.
    """

    name = ""
    version = "unversioned"

    # "host": kernels work on shared memory, as numpy arrays. "device": on what allocate() gives.
    memory = "host"

    def open(self, options):
        """Opens the device. `options` are the user's, texts by key; refuse keys that are not known."""
        if options:
            raise ValueError("no option '%s'; there are none" % sorted(options)[0])

    def close(self):
        """Closes the device, which may be opened again."""

    def device(self):
        """What the device is: `model`, and what is known of driver, firmware, memory_bytes, peak_flops, bandwidth,
        alignment."""
        raise NotImplementedError

    def supports(self, call):
        """None if prepare() will succeed, otherwise the reason why not. Must not touch the device."""
        raise NotImplementedError

    def contract(self, call):
        """Fields of docs/contract.md that are not strict, texts by name: {"accumulator": "bf16"}."""
        return {}

    def prepare(self, call):
        """Compiles and plans; not part of a measured time.

        Returns a kernel: a function of inputs and outputs, which are tensors by name, that writes the outputs. One that
        has an attribute `workspace_bytes` gets scratch memory of that size as a third argument; one that has a method
        `close` is closed.
        """
        raise NotImplementedError

    def tensor(self, spec, buffer, offset):
        """A tensor as kernels want it. `offset` counts bytes. In host memory: a numpy array, or a Packed."""
        dtype = DTYPES[spec.dtype]
        if dtype.packed:
            return Packed(spec, buffer, offset)
        if spec.elements == 0:
            return np.empty(spec.shape, dtype.storage)
        strides = [stride * dtype.storage.itemsize for stride in spec.strides]
        return np.ndarray(spec.shape, dtype.storage, buffer, offset, strides)

    def scratch(self, buffer, offset, size):
        """Scratch memory as kernels want it."""
        return memoryview(buffer)[offset : offset + size]

    def synchronize(self):
        """Waits until everything that was started on the device is complete."""

    def measure(self, launch, times):
        """Runs a launch so many times; nanoseconds of each, and the clock: "worker", or "device" for its events."""
        nanos = []
        for _ in range(times):
            start = time.perf_counter_ns()
            launch()
            self.synchronize()
            nanos.append(time.perf_counter_ns() - start)
        return nanos, "worker"

    def allocate(self, size):
        """Device memory of so many bytes, any object."""
        raise NotImplementedError

    def free(self, buffer):
        """Gives device memory back. The default leaves it to Python."""

    def write(self, buffer, offset, data):
        """Copies the bytes of a memoryview to device memory; complete when it returns."""
        raise NotImplementedError

    def read(self, buffer, offset, into):
        """Copies device memory into a memoryview; complete when it returns."""
        raise NotImplementedError


# --- The protocol ---------------------------------------------------------------------------------------------------

_LARGEST_FRAME = 16 << 20
_LONGEST_MESSAGE = 4000

# How libraries say so whose exceptions are not ours: PyTorch on its devices, and on the host.
_NO_MEMORY = re.compile(r"(?i)out of memory|can't allocate memory")

# Exit codes: Assay is gone (as in workers written in Java), or it is not Assay that speaks.
_ORPHANED = 75
_NOT_ASSAY = 76


class _Connection:
    """Frames on the socket: four bytes of length, little-endian, then JSON.

    A thread of its own waits for messages, so that the program ends with Assay also in the middle of a kernel.
    """

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self.lock = threading.RLock()
        self._messages = queue.Queue()
        threading.Thread(target=self._listen, name="assay-connection", daemon=True).start()

    def receive(self):
        return self._messages.get()

    def send(self, message):
        text = json.dumps(message, allow_nan=False).encode("utf-8")
        if len(text) > _LARGEST_FRAME:
            raise ValueError("a reply of %d bytes; the largest is %d" % (len(text), _LARGEST_FRAME))
        with self.lock:
            self._socket.sendall(struct.pack("<I", len(text)) + text)

    def _listen(self):
        try:
            while True:
                (length,) = struct.unpack("<I", self._read(4))
                if length > _LARGEST_FRAME:
                    raise ValueError("a frame of %d bytes" % length)
                message = json.loads(self._read(length).decode("utf-8"), parse_constant=_no_number)
                if not isinstance(message, dict) or type(message.get("id")) is not int:
                    raise ValueError("a message that is no request")
                self._messages.put(message)
        except OSError:
            os._exit(_ORPHANED)
        except (ValueError, RecursionError) as e:
            os.write(2, ("assay_worker: %s; who speaks is not Assay\n" % e).encode("utf-8", "replace"))
            os._exit(_NOT_ASSAY)

    def _read(self, length):
        data = bytearray()
        while len(data) < length:
            part = self._socket.recv(min(length - len(data), 1 << 20))
            if not part:
                raise OSError("the connection ended")
            data += part
        return bytes(data)


def _no_number(text):
    raise ValueError("%s, which is no JSON" % text)


class _Server:
    """Answers requests, one after the other."""

    def __init__(self, backend, connection):
        self._backend = backend
        self._connection = connection
        self._numbers = itertools.count(1)
        self._handles = {}
        self._busy = threading.Event()
        self._requests = {
            name: getattr(self, "_" + name)
            for name in "open supports contract prepare map allocate write read bind run release close".split()
        }

    def run(self):
        hello = {"protocol": PROTOCOL, "name": self._backend.name, "version": self._backend.version}
        self._connection.send({"hello": hello})
        threading.Thread(target=self._give_signs_of_life, name="assay-heartbeat", daemon=True).start()
        while True:
            request = self._connection.receive()
            self._busy.set()
            reply = self._reply(request)
            with self._connection.lock:  # no sign of life behind the reply
                self._busy.clear()
                try:
                    self._connection.send(dict(reply, id=request["id"]))
                except (TypeError, ValueError) as e:
                    self._connection.send(dict(_error("failed", e), id=request["id"]))
                except OSError:
                    os._exit(_ORPHANED)

    def _give_signs_of_life(self):
        while True:
            self._busy.wait()
            time.sleep(1)
            with self._connection.lock:
                if self._busy.is_set():
                    try:
                        self._connection.send({"heartbeat": True})
                    except OSError:
                        return  # the listener ends the program

    def _reply(self, request):
        try:
            kind = request.get("type")
            if kind not in self._requests:
                raise ValueError("no request '%s' in version %d of the protocol" % (kind, PROTOCOL))
            return self._requests[kind](request) or {}
        except Unsupported as e:
            return _error("unsupported", e)
        except Exception as e:
            if isinstance(e, (OutOfMemory, MemoryError)) or _NO_MEMORY.search(str(e)):
                return _error("out_of_memory", e)
            traceback.print_exc()
            return _error("failed", e)

    def _hold(self, kind, value):
        handle = next(self._numbers)
        self._handles[handle] = (kind, value)
        return handle

    def _held(self, kind, handle):
        there, value = self._handles.get(handle, ("nothing", None))
        if there != kind:
            raise ValueError("handle %r is %s, not a %s" % (handle, there, kind))
        return value

    def _open(self, request):
        self._backend.open(request.get("options", {}))
        return {"device": self._backend.device(), "memory": self._backend.memory}

    def _refusal(self, call):
        reason = self._backend.supports(call)
        if reason is not None and (not isinstance(reason, str) or not reason.strip()):
            raise TypeError("supports() returned %r, which is neither None nor the reason of a refusal" % (reason,))
        return reason

    def _supports(self, request):
        reason = self._refusal(Call.parse(request["call"]))
        return {"supported": True} if reason is None else {"supported": False, "reason": reason}

    def _contract(self, request):
        fields = self._backend.contract(Call.parse(request["call"]))
        return {"contract": {name: _text(value) for name, value in fields.items()}}

    def _prepare(self, request):
        call = Call.parse(request["call"])
        reason = self._refusal(call)
        if reason is not None:
            raise Unsupported(reason)
        kernel = self._backend.prepare(call)
        if not callable(kernel):
            raise TypeError("prepare() returned %r, which is no kernel" % (kernel,))
        size = int(getattr(kernel, "workspace_bytes", 0))
        return {"kernel": self._hold("kernel", (call, kernel, size)), "workspace_bytes": size}

    def _map(self, request):
        size = request["bytes"]
        with open(request["path"], "r+b") as file:
            return {"buffer": self._hold("shared memory", mmap.mmap(file.fileno(), size))}

    def _allocate(self, request):
        return {"buffer": self._hold("buffer", self._backend.allocate(request["bytes"]))}

    def _shared(self, handle, offset, size):
        memory = memoryview(self._held("shared memory", handle))
        if not 0 <= offset <= offset + size <= len(memory):
            raise ValueError("%d bytes from %d on, of a shared memory of %d" % (size, offset, len(memory)))
        return memory[offset : offset + size]

    def _write(self, request):
        with self._shared(request["from"], request["from_offset"], request["bytes"]) as data:
            self._backend.write(self._held("buffer", request["buffer"]), request["offset"], data)

    def _read(self, request):
        with self._shared(request["to"], request["to_offset"], request["bytes"]) as into:
            self._backend.read(self._held("buffer", request["buffer"]), request["offset"], into)

    def _bind(self, request):
        call, kernel, workspace_bytes = self._held("kernel", request["kernel"])
        kind = "shared memory" if self._backend.memory == "host" else "buffer"

        def tensors(specs, arguments):
            if [argument["name"] for argument in arguments] != list(specs):
                raise ValueError("arguments %s for operands %s" % (arguments, list(specs)))
            return {
                argument["name"]: self._backend.tensor(
                    specs[argument["name"]], self._held(kind, argument["buffer"]), argument["offset"]
                )
                for argument in arguments
            }

        bound = [tensors(call.inputs, request["inputs"]), tensors(call.outputs, request["outputs"])]
        if workspace_bytes > 0:
            place = request["workspace"]
            bound.append(self._backend.scratch(self._held(kind, place["buffer"]), place["offset"], workspace_bytes))
        return {"launch": self._hold("launch", lambda: kernel(*bound))}

    def _run(self, request):
        launch = self._held("launch", request["launch"])
        gc.collect()
        gc.disable()
        try:
            nanos, clock = self._backend.measure(launch, request["times"])
        finally:
            gc.enable()
        return {"nanos": nanos, "clock": clock}

    def _release(self, request):
        if request["handle"] not in self._handles:
            raise ValueError("handle %r is nothing" % (request["handle"],))
        self._drop(request["handle"])

    def _drop(self, handle):
        kind, value = self._handles.pop(handle)
        if kind == "buffer":
            self._backend.free(value)
        elif kind == "kernel" and hasattr(value[1], "close"):
            value[1].close()
        # Shared memory is unmapped with the last tensor in it.

    def _close(self, request):
        for kind in ("launch", "kernel", "buffer"):
            for handle in [handle for handle, held in self._handles.items() if held[0] == kind]:
                self._drop(handle)
        self._backend.close()


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(kind, e):
    message = " ".join(str(e).split()) or type(e).__name__
    if kind == "failed" and not isinstance(e, (ValueError, RuntimeError)):
        message = "%s: %s" % (type(e).__name__, message)
    return {"error": {"kind": kind, "message": message[:_LONGEST_MESSAGE]}}


def serve(backend, path=None):
    """Serves a backend to Assay; ends with it and never returns.

    `path` is that of the socket, by default the last argument of the command line.
    """
    if path is None:
        if len(sys.argv) < 2:
            sys.exit("Assay starts this program: ./assay run smoke --backend external:cmd=" + sys.argv[0])
        path = sys.argv[-1]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for Assay, with which this ends
    sys.stdout.reconfigure(line_buffering=True)
    _Server(backend, _Connection(path)).run()


# --- PyTorch --------------------------------------------------------------------------------------------------------
#
# One backend for every device that PyTorch runs on. An operator is a small function of the call and its tensors, under
# its name in _OPERATORS. How it treats elements of 16 bits is said there: in their own type, as one kernel of PyTorch
# does (it rounds once), or, where it is put together of several, in f32 with one rounding at the end.

torch = None  # imported when it is served
F = None
_on_device = False  # whether the open device is other than the CPU

# Modules that bring a device to PyTorch, by the device's name. What PyTorch knows itself needs none.
_PLUGINS = {
    "npu": ["torch_npu"],
    "sdaa": ["torch_sdaa"],
    "mlu": ["torch_mlu"],
    "musa": ["torch_musa"],
    "xpu": ["intel_extension_for_pytorch"],
}
_DEVICES = ["cpu", "cuda"] + list(_PLUGINS)

_TORCH_NAMES = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "bf16": "bfloat16",
    "f8e4m3": "float8_e4m3fn",
    "f8e4m3fnuz": "float8_e4m3fnuz",
    "f8e5m2": "float8_e5m2",
    "f8e5m2fnuz": "float8_e5m2fnuz",
    "i64": "int64",
    "i32": "int32",
    "i16": "int16",
    "i8": "int8",
    "u8": "uint8",
    "bool": "bool",
}

# Types of ONNX by their number, as attributes name them.
_ONNX_TYPES = {1: "f32", 2: "u8", 3: "i8", 5: "i16", 6: "i32", 7: "i64", 9: "bool", 10: "f16", 11: "f64", 16: "bf16"}

# Types whose elements are moved, and added up modulo 2^bits, as signed integers of their size.
_SAME_BITS = {8: "u8", 16: "i16", 32: "i32", 64: "i64"}
_UNSIGNED = ("u64", "u32", "u16")

_OPERATORS = {}

# How PyTorch says that it has a function, but not for this type on this device.
_NO_KERNEL = re.compile(r"not implemented for|not supported|unsupported|expected scalar type|NotImplemented", re.I)


class _Operator:
    """How an operator is computed.

    `compute` is given the call and its input tensors by name, and returns its outputs in order, of any type that the
    output's is made of. One with `out` writes its one output itself, if it gets one. One that is `in_place` writes in
    the memory of its inputs, and returns nothing.
    """

    def __init__(self, compute, bits, wide, out, in_place, refuse, contract):
        self.compute = compute
        self.bits = bits  # "all": elements are only moved; "integers": also sums modulo 2^bits; "": neither
        self.wide = wide  # 16-bit floats are computed in f32
        self.out = out
        self.in_place = in_place
        self.refuse = refuse
        self.contract = contract


def _operator(*names, bits="", wide=False, out=False, in_place=False, refuse=None, contract=None):
    def register(compute):
        for name in names:
            _OPERATORS[name] = _Operator(compute, bits, wide, out, in_place, refuse, contract)
        return compute

    return register


class TorchBackend(Backend):
    """PyTorch on one device. Options: device=npu:0, threads=4."""

    name = "torch"
    memory = "device"

    def __init__(self):
        global torch, F
        torch = importlib.import_module("torch")
        F = importlib.import_module("torch.nn.functional")
        self.version = torch.__version__
        self._kind = "cpu"
        self._index = 0
        self._said = set()

    def open(self, options):
        for key in options:
            if key not in ("device", "threads"):
                raise ValueError("no option '%s'; there are device and threads" % key)
        name = options.get("device", "cpu")
        self._kind, _, index = name.partition(":")
        if self._kind not in _DEVICES or not (index or "0").isdigit():
            raise ValueError("no device '%s'; use one of %s, with an index as in npu:0" % (name, ", ".join(_DEVICES)))
        self._index = int(index or "0")
        plugins = _PLUGINS.get(self._kind, [])
        for plugin in plugins:
            try:
                importlib.import_module(plugin)
            except ImportError as e:
                if not hasattr(torch, self._kind):
                    raise RuntimeError("device %s needs the Python module %s: %s" % (name, plugin, e)) from e
        global _on_device
        _on_device = self._kind != "cpu"
        if _on_device:
            module = getattr(torch, self._kind)
            if not module.is_available():
                raise RuntimeError("PyTorch %s sees no device of kind %s" % (torch.__version__, self._kind))
            if self._index >= module.device_count():
                raise RuntimeError("no device %s, there are %d" % (name, module.device_count()))
            module.set_device(self._index)
        if "threads" in options:
            torch.set_num_threads(int(options["threads"]))
        torch.set_grad_enabled(False)
        # As contracts are strict: products of f32 in f32, sums of 16-bit products in f32.
        for module, switch in (
            ("cuda.matmul", "allow_tf32"),
            ("cuda.matmul", "allow_fp16_reduced_precision_reduction"),
            ("cuda.matmul", "allow_bf16_reduced_precision_reduction"),
            ("cudnn", "allow_tf32"),
        ):
            holder = torch.backends
            for part in module.split("."):
                holder = getattr(holder, part)
            try:
                getattr(holder, switch)
            except (AttributeError, AssertionError):
                continue  # an older PyTorch has no such switch
            setattr(holder, switch, False)
        self._device = torch.device(self._kind if self._kind == "cpu" else "%s:%d" % (self._kind, self._index))

    def device(self):
        software = "torch " + torch.__version__
        if self._kind == "cpu":
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
            return {"model": _processor(), "driver": software, "memory_bytes": memory}
        module = getattr(torch, self._kind)
        for plugin in _PLUGINS.get(self._kind, []):
            if plugin in sys.modules:
                software += ", %s %s" % (plugin, getattr(sys.modules[plugin], "__version__", "unversioned"))
        for name in ("cuda", "hip"):
            if self._kind == "cuda" and getattr(torch.version, name, None):
                software += ", %s %s" % (name, getattr(torch.version, name))
        info = {"model": str(module.get_device_name(self._index)), "driver": software}
        try:
            info["memory_bytes"] = int(module.get_device_properties(self._index).total_memory)
        except (AttributeError, RuntimeError, AssertionError):
            pass  # not known
        return info

    def supports(self, call):
        operator = _OPERATORS.get(call.operator)
        if operator is None:
            return "%s is not made of PyTorch's functions here" % call.operator
        for spec in itertools.chain(call.inputs.values(), call.outputs.values()):
            if DTYPES[spec.dtype].packed:
                return "PyTorch has no tensors of %s" % spec.dtype
            moved = operator.bits == "all" or operator.bits == "integers" and spec.dtype in _UNSIGNED
            if not moved and _native(spec.dtype) is None:
                return "PyTorch %s has no %s" % (torch.__version__, spec.dtype)
        return operator.refuse(call) if operator.refuse else None

    def contract(self, call):
        operator = _OPERATORS.get(call.operator)
        return operator.contract(call) if operator and operator.contract else {}

    def prepare(self, call):
        operator = _OPERATORS[call.operator]
        state = {"wide": operator.wide}

        def kernel(inputs, outputs):
            if not state["wide"]:
                try:
                    return self._compute(operator, call, inputs, outputs)
                except (RuntimeError, TypeError) as e:
                    narrow = any(x.dtype in (torch.float16, torch.bfloat16) for x in inputs.values())
                    if operator.in_place or not narrow or not _NO_KERNEL.search(str(e)):
                        raise
                    state["wide"] = True
                    self._say_once("%s in f32: %s" % (call.operator, e))
            return self._compute(operator, call, {name: _wide(x) for name, x in inputs.items()}, outputs, wide=True)

        return kernel

    @staticmethod
    def _compute(operator, call, inputs, outputs, wide=False):
        if operator.out and not wide:
            (output,) = outputs.values()
            operator.compute(call, inputs, output)
            return
        results = operator.compute(call, inputs)
        if operator.in_place:
            return
        if not isinstance(results, (tuple, list)):
            results = (results,)
        for output, result in zip(_in_signature(call, outputs, len(results)), results):
            if output is not None:
                output.copy_(result)

    def _say_once(self, text):
        if text not in self._said:
            self._said.add(text)
            print("assay_worker: " + text.splitlines()[0], flush=True)

    def tensor(self, spec, buffer, offset):
        dtype = _native(spec.dtype) or _native(_SAME_BITS[DTYPES[spec.dtype].bits])
        size = spec.extent * DTYPES[spec.dtype].storage.itemsize
        return buffer[offset : offset + size].view(dtype).as_strided(spec.shape, spec.strides)

    def synchronize(self):
        if self._kind != "cpu":
            getattr(torch, self._kind).synchronize()

    def measure(self, launch, times):
        if self._kind == "cpu" or not hasattr(getattr(torch, self._kind), "Event"):
            return super().measure(launch, times)
        event = getattr(torch, self._kind).Event
        nanos = []
        for _ in range(times):
            start, end = event(enable_timing=True), event(enable_timing=True)
            start.record()
            launch()
            end.record()
            self.synchronize()
            nanos.append(max(1, round(start.elapsed_time(end) * 1e6)))
        return nanos, "device"

    def allocate(self, size):
        return torch.empty(size, dtype=torch.uint8, device=self._device)

    def write(self, buffer, offset, data):
        buffer[offset : offset + len(data)].copy_(torch.from_numpy(np.frombuffer(data, np.uint8)))
        self.synchronize()

    def read(self, buffer, offset, into):
        np.frombuffer(into, np.uint8)[:] = buffer[offset : offset + len(into)].cpu().numpy()


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            return re.search(r"model name\s*:\s*(.*)", file.read()).group(1)
    except (OSError, AttributeError):
        return "CPU"


def _native(dtype):
    """PyTorch's type, or None."""
    return getattr(torch, _TORCH_NAMES.get(dtype, "-"), None)


def _wide(x):
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def _in_signature(call, outputs, count):
    """Outputs in the order of what a function returns: all those of its signature, None for those not asked for."""
    names = _OPTIONAL_OUTPUTS.get(call.operator)
    if names is None:
        return list(outputs.values()) + [None] * (count - len(outputs))
    return [outputs.get(name) for name in names]


# Operators that may be asked for some of their outputs only.
_OPTIONAL_OUTPUTS = {
    "attention": ["Y", "present_key", "present_value", "qk_matmul_output"],
    "layer_normalization": ["Y", "Mean", "InvStdDev"],
    "varlen_attention": ["out", "lse"],
    "paged_attention": ["out", "lse"],
    "mla_attention": ["out", "lse"],
    "lse_merge": ["out", "lse"],
    "causal_conv_with_state": ["output", "present_state"],
    "linear_attention": ["output", "present_state"],
    "rope": ["q_out", "k_out"],
}


def _first(t):
    return next(iter(t.values()))


def _shape(c, name=None):
    """Shape of an output, by default the first."""
    return list((c.outputs[name] if name else _first(c.outputs)).shape)


def _axis(axis, rank):
    return axis + rank if axis < 0 else axis


def _integers(x):
    return not (x.is_floating_point() or x.dtype == torch.bool)


def _dtype_of(c, name):
    """PyTorch's type of an output."""
    return _native(c.outputs[name].dtype) or _native(_SAME_BITS[DTYPES[c.outputs[name].dtype].bits])


# Elementwise: one function of PyTorch each.


def _register_functions():
    def unary(name, function):
        _operator(name, out=True)(lambda c, t, out=None: function(_first(t), out=out))

    for name in "abs acos acosh asin asinh atan atanh ceil cos cosh erf exp floor log neg reciprocal round".split():
        unary(name, getattr(torch, name))
    for name in "sigmoid sin sinh sqrt tan tanh".split():
        unary(name, getattr(torch, name))
    unary("not", torch.logical_not)
    unary("bitwise_not", torch.bitwise_not)
    _OPERATORS["bitwise_not"].bits = "integers"

    def binary(name, function, bits=""):
        def compute(c, t, out=None):
            a, b = t.values()
            return function(a, b, out=out)

        _operator(name, out=True, bits=bits)(compute)

    for name, function in (("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("equal", torch.eq)):
        binary(name, function, "integers")
    for name in ("and", "or", "xor"):
        binary("bitwise_" + name, getattr(torch, "bitwise_" + name), "integers")
        binary(name, getattr(torch, "logical_" + name))
    for name, function in (
        ("greater", torch.gt),
        ("greater_or_equal", torch.ge),
        ("less", torch.lt),
        ("less_or_equal", torch.le),
    ):
        binary(name, function)

    def simple(names, function, **how):
        _operator(names, **how)(lambda c, t: function(_first(t), c.attributes))

    simple("relu", lambda x, a: torch.relu(x))
    simple("sign", lambda x, a: torch.sign(x) if _integers(x) else torch.where(x == x, torch.sign(x), x))
    simple("softsign", lambda x, a: F.softsign(x), wide=True)
    # From the threshold on it is X: e^-20 is beyond f32, e^-40 beyond f64.
    simple("softplus", lambda x, a: F.softplus(x, 1, 40 if x.dtype == torch.float64 else 20))
    simple("mish", lambda x, a: F.mish(x))
    simple("is_nan", lambda x, a: torch.isnan(x))
    simple("celu", lambda x, a: F.celu(x, a["alpha"]))
    simple("elu", lambda x, a: F.elu(x, a["alpha"]))
    simple("gelu", lambda x, a: F.gelu(x, approximate=a["approximate"]))
    simple("hard_sigmoid", lambda x, a: (a["alpha"] * x + a["beta"]).clamp(0, 1), wide=True)
    simple("hard_swish", lambda x, a: F.hardswish(x))
    simple("leaky_relu", lambda x, a: F.leaky_relu(x, a["alpha"]))
    simple("selu", lambda x, a: a["gamma"] * torch.where(x > 0, x, a["alpha"] * torch.expm1(x)), wide=True)
    simple("thresholded_relu", lambda x, a: torch.where(x > a["alpha"], x, torch.zeros_like(x)), wide=True)
    simple("swish", lambda x, a: F.silu(x) if a["alpha"] == 1 else x * torch.sigmoid(a["alpha"] * x), wide=True)
    simple("identity", lambda x, a: x, bits="all")


def _is_inf(c, t):
    x = t["X"]
    infinite = torch.isinf(x)
    if not c.attributes["detect_negative"]:
        infinite = infinite & (x > 0)
    return infinite & (x < 0) if not c.attributes["detect_positive"] else infinite


def _shrink(c, t):
    x, bias, lambd = t["X"], c.attributes["bias"], c.attributes["lambd"]
    zero = torch.zeros_like(x)
    return torch.where(x < -lambd, x + bias, torch.where(x > lambd, x - bias, zero))


def _div(c, t):
    a, b = t["A"], t["B"]
    if not _integers(a):
        return torch.true_divide(a, b)
    # The smallest number by -1 wraps; processors trap it.
    return torch.where(b == -1, -a, torch.div(a, _divisor(b), rounding_mode="trunc"))


def _divisor(b):
    """Whole numbers to divide by without 0 and -1: PyTorch and processors stop there, where anything will do."""
    return torch.where((b == 0) | (b == -1), torch.ones_like(b), b) if _integers(b) else b


def _mod(c, t):
    # The remainders of division by -1 and by 1 are the same.
    return torch.fmod(t["A"], _divisor(t["B"])) if c.attributes["fmod"] else torch.remainder(t["A"], _divisor(t["B"]))


def _clip(c, t):
    x = t["input"]
    if "min" in t:
        x = torch.maximum(x, t["min"])
    return torch.minimum(x, t["max"]) if "max" in t else x


def _pow(c, t):
    x, y = t["X"], t["Y"]
    if _integers(x):
        return torch.pow(x, y) if _integers(y) else torch.pow(x.double(), y.double()).trunc()
    # All whole numbers of up to 16 bits are numbers of f32; of the others, f64 holds those that matter.
    wide = y.dtype in (torch.int32, torch.int64, torch.float64)
    return torch.pow(x.double(), y.double()) if wide else torch.pow(x, y.to(x.dtype))


def _bit_shift(c, t):
    x, y = t["X"], t["Y"]
    shifted = torch.bitwise_left_shift(x, y) if c.attributes["direction"] == "LEFT" else torch.bitwise_right_shift(x, y)
    return torch.where(y < 8, shifted, torch.zeros_like(shifted))


def _prelu(c, t):
    x = t["X"]
    return torch.where(x < 0, t["slope"] * x, x)


def _fold(function):
    def compute(c, t):
        operands = list(t.values())
        result = operands[0]
        for operand in operands[1:]:
            result = function(result, operand)
        return result

    return compute


def _register_elementwise():
    _register_functions()
    _operator("is_inf")(_is_inf)
    _operator("shrink", wide=True)(_shrink)
    _operator("div")(_div)
    _operator("mod", wide=True)(_mod)
    _operator("clip")(_clip)
    _operator("pow", wide=True)(_pow)
    _operator("bit_shift")(_bit_shift)
    _operator("prelu", wide=True)(_prelu)
    _operator("max")(_fold(torch.maximum))
    _operator("min")(_fold(torch.minimum))
    _operator("sum", wide=True)(_fold(torch.add))
    _operator("mean", wide=True)(lambda c, t: _fold(torch.add)(c, t) / len(t))
    _operator("where", bits="all")(lambda c, t: torch.where(t["condition"], t["X"], t["Y"]))
    _operator("swiglu", wide=True)(lambda c, t: t["A"] * torch.sigmoid(c.attributes["alpha"] * t["A"]) * t["B"])
    _operator("geglu", wide=True)(lambda c, t: F.gelu(t["A"]) * t["B"])
    _operator("cast", "cast_like", contract=_cast_contract)(_cast)


def _cast(c, t):
    x, dtype = t["input"], _dtype_of(c, "output")
    target = c.outputs["output"].dtype
    if target.startswith("f8") and c.attributes["saturate"]:
        largest = torch.finfo(dtype).max
        x = _wide(x).clamp(-largest, largest)
    return x.to(dtype)


def _cast_contract(c):
    wide = c.inputs["input"].dtype in ("f64", "i64", "i32")
    return {"output_via_f32": "true"} if wide and DTYPES[c.outputs["output"].dtype].bits <= 16 else {}


# Movement.


def _places(indices, size):
    """Indices as i64, those from the end counted from the beginning."""
    indices = indices.long()
    return torch.where(indices < 0, indices + size, indices)


def _host_indices(x, axis, numbers):
    return x.index_select(axis, torch.tensor(list(numbers), dtype=torch.int64, device=x.device))


def _gather(c, t):
    x, axis = t["data"], _axis(c.attributes["axis"], t["data"].dim())
    return x.index_select(axis, _places(t["indices"], x.shape[axis]).reshape(-1)).reshape(_shape(c))


def _gather_elements(c, t):
    x, axis = t["data"], _axis(c.attributes["axis"], t["data"].dim())
    return torch.gather(x, axis, _places(t["indices"], x.shape[axis]))


def _linear_places(indices, sizes):
    """Tuples of indices as places in row-major order."""
    result = torch.zeros(indices.shape[:-1], dtype=torch.int64, device=indices.device)
    for axis, size in enumerate(sizes):
        result = result * size + _places(indices[..., axis], size)
    return result


def _gather_nd(c, t):
    x, indices, batch = t["data"], t["indices"], c.attributes["batch_dims"]
    depth = indices.shape[-1]
    common, inner = list(x.shape[:batch]), list(x.shape[batch : batch + depth])
    places = _linear_places(indices, inner)
    places = places.reshape(math.prod(common), -1)
    offsets = torch.arange(places.shape[0], device=x.device)[:, None] * math.prod(inner)
    rows = x.reshape([math.prod(common) * math.prod(inner)] + list(x.shape[batch + depth :]))
    return rows.index_select(0, (places + offsets).reshape(-1)).reshape(_shape(c))


_REDUCTIONS = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _scatter(data, axis, places, updates, reduction):
    if reduction == "none":
        return data.clone().scatter_(axis, places, updates)
    return data.clone().scatter_reduce_(axis, places, updates, _REDUCTIONS[reduction], include_self=True)


def _scatter_elements(c, t):
    data, axis = t["data"], _axis(c.attributes["axis"], t["data"].dim())
    places = _places(t["indices"], data.shape[axis])
    return _scatter(data, axis, places, t["updates"], c.attributes["reduction"])


def _scatter_nd(c, t):
    data, indices = t["data"], t["indices"]
    depth = indices.shape[-1]
    outer, inner = list(data.shape[:depth]), math.prod(data.shape[depth:])
    places = _linear_places(indices, outer).reshape(-1, 1).expand(-1, inner)
    rows, updates = data.reshape(math.prod(outer), inner), t["updates"].reshape(-1, inner)
    return _scatter(rows, 0, places, updates, c.attributes["reduction"]).reshape(_shape(c))


def _moves_only(c):
    return None if c.attributes["reduction"] == "none" else _refuse_bits(c)


def _refuse_bits(c):
    for spec in list(c.inputs.values()) + list(c.outputs.values()):
        if _native(spec.dtype) is None or spec.dtype.startswith("f8"):
            return "PyTorch %s computes nothing in %s" % (torch.__version__, spec.dtype)
    if any(spec.dtype == "bool" for spec in c.inputs.values()):
        return "PyTorch reduces no truth values by scattering"
    return None


def _slice(c, t):
    x, k = t["data"], c.constants
    axes = k.get("axes", range(len(k["starts"])))
    for i, axis in enumerate(axes):
        axis = _axis(axis, x.dim())
        step = k["steps"][i] if "steps" in k else 1
        begin, end, step = slice(k["starts"][i], k["ends"][i], step).indices(x.shape[axis])
        if step > 0:
            x = x[(slice(None),) * axis + (slice(begin, max(begin, end), step),)]
        else:
            x = _host_indices(x, axis, range(begin, end, step))
    return x


def _pad(c, t):
    x, k = t["data"], c.constants
    axes = [_axis(axis, x.dim()) for axis in k.get("axes", range(x.dim()))]
    pads, mode = k["pads"], c.attributes["mode"]
    if mode != "constant":
        for i, axis in enumerate(axes):
            before, behind, size = pads[i], pads[i + len(axes)], x.shape[axis]
            x = _host_indices(x, axis, [_mirrored(mode, at, size) for at in range(-before, size + behind)])
        return x
    filling = t.get("constant_value")
    result = torch.zeros(_shape(c), dtype=x.dtype, device=x.device)
    if filling is not None:
        result.copy_(filling.reshape([1] * x.dim()).expand(result.shape))
    inside = result
    for i, axis in enumerate(axes):
        before, behind = pads[i], pads[i + len(axes)]
        cut = max(0, -before)
        x = x.narrow(axis, min(cut, x.shape[axis]), max(0, x.shape[axis] - cut - max(0, -behind)))
        inside = inside.narrow(axis, min(max(0, before), inside.shape[axis]), x.shape[axis])
    inside.copy_(x)
    return result


def _mirrored(mode, at, size):
    if mode == "edge":
        return min(max(at, 0), size - 1)
    if mode == "wrap":
        return at % size
    if size == 1:
        return 0
    at %= 2 * (size - 1)
    return min(at, 2 * (size - 1) - at)


def _no_filling(c):
    filled = c.operator != "pad" or c.attributes["mode"] == "constant" and "constant_value" not in c.inputs
    if filled and c.outputs and _first(c.outputs).dtype == "e8m0":
        return "e8m0 has no 0 to fill with"
    return None


def _depth_to_space(c, t):
    x, b = t["input"], c.attributes["blocksize"]
    n, channels, height, width = x.shape
    if c.attributes["mode"] == "DCR":
        x = x.reshape(n, b, b, channels // (b * b), height, width).permute(0, 3, 4, 1, 5, 2)
    else:
        x = x.reshape(n, channels // (b * b), b, b, height, width).permute(0, 1, 4, 2, 5, 3)
    return x.reshape(_shape(c))


def _space_to_depth(c, t):
    x, b = t["input"], c.attributes["blocksize"]
    n, channels, height, width = x.shape
    x = x.reshape(n, channels, height // b, b, width // b, b)
    x = x.permute(0, 3, 5, 1, 2, 4) if c.attributes["mode"] == "DCR" else x.permute(0, 1, 3, 5, 2, 4)
    return x.reshape(_shape(c))


def _trilu(c, t):
    x = t["input"]
    k = c.constants.get("k", [0])[0] if "k" in c.inputs else 0
    rows = torch.arange(x.shape[-2], device=x.device)[:, None]
    columns = torch.arange(x.shape[-1], device=x.device)
    # A diagonal far outside would wrap.
    k = max(-x.shape[-2] - 1, min(k, x.shape[-1] + 1))
    kept = columns >= rows + k if c.attributes["upper"] else columns <= rows + k
    return torch.where(kept, x, torch.zeros_like(x))


def _one_hot(c, t):
    depth = c.constants["depth"][0]
    axis = _axis(c.attributes["axis"], len(_shape(c)))
    indices = t["indices"].long().unsqueeze(axis)
    sizes = [1] * len(_shape(c))
    sizes[axis] = depth
    numbers = torch.arange(depth, device=indices.device).reshape(sizes)
    hot = (indices == numbers) | (indices + depth == numbers)
    return torch.where(hot, t["values"][1], t["values"][0])


def _eye_like(c, t):
    x = t["input"]
    rows, columns = torch.arange(x.shape[0], device=x.device), torch.arange(x.shape[1], device=x.device)
    k = max(-x.shape[0] - 1, min(c.attributes["k"], x.shape[1] + 1))
    return columns == rows[:, None] + k


def _constant_of_shape(c, t):
    value = c.attributes["value"]
    return torch.full(_shape(c), value, dtype=torch.float64 if isinstance(value, float) else torch.int64)


def _range(c, t):
    start, delta = c.constants["start"][0], c.constants["delta"][0]
    device = _first(t).device
    return torch.arange(_shape(c)[0], device=device) * delta + start


def _compress(c, t):
    x, axis = t["input"], c.attributes.get("axis")
    if axis is None:
        x, axis = x.reshape(-1), 0
    return _host_indices(x, _axis(axis, x.dim()), [i for i, kept in enumerate(c.constants["condition"]) if kept])


def _center_crop_pad(c, t):
    x = t["input_data"]
    result = torch.zeros(_shape(c), dtype=x.dtype, device=x.device)
    inside = result
    for axis, size in enumerate(_shape(c)):
        less = x.shape[axis] - size
        if less > 0:
            x = x.narrow(axis, less // 2, size)
        else:
            inside = inside.narrow(axis, -less // 2, x.shape[axis])
    inside.copy_(x)
    return result


def _reverse_sequence(c, t):
    x, batch, time_axis = t["input"], c.attributes["batch_axis"], c.attributes["time_axis"]
    steps = torch.arange(x.shape[time_axis], device=x.device)
    lengths = t["sequence_lens"].long()
    places = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    places = places if batch == 0 else places.t()
    return torch.gather(x, time_axis, places.reshape(list(places.shape) + [1] * (x.dim() - 2)).expand(x.shape))


def _tensor_scatter(c, t):
    past, update = t["past_cache"].clone(), t["update"]
    axis = _axis(c.attributes["axis"], past.dim())
    starts = c.constants.get("write_indices", [0] * past.shape[0])
    for b, start in enumerate(starts):
        places = torch.arange(update.shape[axis], device=past.device) + start
        past[b].index_copy_(axis - 1, places % max(past.shape[axis], 1), update[b])
    return past


def _split(c, t):
    x, axis = t["input"], _axis(c.attributes["axis"], t["input"].dim())
    return torch.split(x, [spec.shape[axis] for spec in c.outputs.values()], axis)


def _expand(c, t):
    return t["input"].expand(_shape(c))


def _register_movement():
    def move(*names, **how):
        return _operator(*names, bits="all", **how)

    same = move("reshape", "flatten", "squeeze", "unsqueeze")
    same(lambda c, t: _first(t).reshape(_shape(c)))
    move("transpose")(lambda c, t: t["data"].permute(list(c.attributes.get("perm", range(t["data"].dim())[::-1]))))
    move("expand")(_expand)
    move("tile")(lambda c, t: t["input"].repeat(c.constants["repeats"]) if t["input"].dim() else t["input"])
    move("concat")(lambda c, t: torch.cat(list(t.values()), c.attributes["axis"]))
    move("split")(_split)
    move("slice")(_slice)
    move("gather")(_gather)
    move("gather_elements")(_gather_elements)
    move("gather_nd")(_gather_nd)
    move("embedding")(lambda c, t: t["table"].index_select(0, t["ids"].long().reshape(-1)).reshape(_shape(c)))
    # Sums and products of 16 bits are kept in f32.
    move("scatter_elements", wide=True, refuse=_moves_only)(_scatter_elements)
    move("scatter_nd", wide=True, refuse=_moves_only)(_scatter_nd)
    move("pad", refuse=_no_filling)(_pad)
    move("depth_to_space")(_depth_to_space)
    move("space_to_depth")(_space_to_depth)
    move("trilu", refuse=_no_filling)(_trilu)
    move("one_hot", refuse=lambda c: _needs(c, "indices"))(_one_hot)
    _operator("eye_like")(_eye_like)
    _operator("constant_of_shape")(_constant_of_shape)
    _operator("range")(_range)
    move("shape")(lambda c, t: torch.tensor(_sizes_between(c, t["data"]), dtype=torch.int64))
    move("size")(lambda c, t: torch.tensor(t["data"].numel()))
    move("non_zero", refuse=lambda c: _needs(c, "X"))(lambda c, t: torch.nonzero(t["X"]).t())
    move("compress")(_compress)
    move("center_crop_pad", refuse=_no_filling)(_center_crop_pad)
    move("reverse_sequence")(_reverse_sequence)
    move("tensor_scatter")(_tensor_scatter)
    move("copy_blocks", in_place=True)(_copy_blocks)
    move("reshape_and_cache", in_place=True)(_reshape_and_cache)
    move("concat_and_cache_mla", in_place=True)(_concat_and_cache_mla)
    move("gather_cache")(_gather_cache)


def _needs(c, name):
    """A refusal if an input that is computed with is of a type that PyTorch only moves."""
    dtype = c.inputs[name].dtype
    return None if _native(dtype) else "PyTorch %s has no %s" % (torch.__version__, dtype)


def _sizes_between(c, x):
    return list(x.shape[c.attributes["start"] : c.attributes.get("end")])


def _copy_blocks(c, t):
    pairs = c.constants["block_mapping"]
    for cache in (t["key_cache"], t["value_cache"]):
        rows = cache.reshape(cache.shape[0], -1) if cache.is_contiguous() else cache
        for source, target in zip(pairs[::2], pairs[1::2]):
            rows[target].copy_(rows[source])


def _slots(c, t):
    """Tokens that are written, and their slots."""
    kept = [(token, slot) for token, slot in enumerate(c.constants["slot_mapping"]) if slot >= 0]
    device = _first(t).device
    return torch.tensor(kept, dtype=torch.int64, device=device).reshape(-1, 2).unbind(1)


def _reshape_and_cache(c, t):
    tokens, slots = _slots(c, t)
    layout = c.attributes["layout"]
    for name in ("key", "value"):
        cache, rows = t[name + "_cache"], t[name].index_select(0, tokens)
        if layout == "NHD":
            size = cache.shape[1]
            cache[slots // size, slots % size] = rows
        elif layout == "HND":
            size = cache.shape[2]
            cache.transpose(1, 2)[slots // size, slots % size] = rows
        elif cache.dim() == 5:
            size, x = cache.shape[3], cache.shape[4]
            parts = rows.reshape(rows.shape[0], rows.shape[1], rows.shape[2] // x, x)
            cache.permute(0, 3, 1, 2, 4)[slots // size, slots % size] = parts
        else:
            size = cache.shape[3]
            cache.permute(0, 3, 1, 2)[slots // size, slots % size] = rows


def _concat_and_cache_mla(c, t):
    tokens, slots = _slots(c, t)
    cache = t["kv_cache"]
    rows = torch.cat([t["kv_c"], t["k_pe"]], -1).index_select(0, tokens)
    cache[slots // cache.shape[1], slots % cache.shape[1]] = rows


def _gather_cache(c, t):
    cache = t["cache"] if c.attributes["layout"] == "NHD" else t["cache"].transpose(1, 2)
    parts = _pages(c, cache, c.constants["seq_lens"])
    return torch.cat(parts) if parts else cache.reshape(_shape(c))


def _pages(c, cache, lengths):
    """The tokens of each sequence, of a cache [blocks, page, ...]."""
    table, columns = c.constants["block_table"], c.inputs["block_table"].shape[1]
    parts = []
    for b, length in enumerate(lengths):
        used = -(-length // cache.shape[1])
        blocks = _host_indices(cache, 0, table[b * columns : b * columns + used])
        parts.append(blocks.reshape([-1] + list(cache.shape[2:]))[:length])
    return parts


# Reductions.


def _axes(c, x):
    axes = c.constants.get("axes") if "axes" in c.inputs else None
    if not axes:
        return [] if c.attributes["noop_with_empty_axes"] else list(range(x.dim()))
    return [_axis(axis, x.dim()) for axis in axes]


def _lines(x, axes):
    """The lines along some dimensions as one, the last."""
    kept = [axis for axis in range(x.dim()) if axis not in axes]
    x = x.permute(kept + list(axes))
    return x.reshape(list(x.shape[: len(kept)]) + [math.prod(x.shape[len(kept) :])])


def _reduction(compute):
    """Of a function over the last dimension."""

    def reduce(c, t):
        x = t["data"]
        return compute(_lines(x, _axes(c, x)), c).reshape(_shape(c))

    return reduce


def _wrapped_sum(x):
    return x.sum(-1, dtype=x.dtype) if _integers(x) else x.sum(-1)


def _extreme(name, empty):
    function = getattr(torch, name)

    def compute(x, c):
        if x.shape[-1] > 0:
            return function(x, -1)
        if x.dtype == torch.bool:
            value = empty < 0
            value = not value
        elif x.is_floating_point():
            value = empty * math.inf
        else:
            value = torch.iinfo(x.dtype).max if empty > 0 else torch.iinfo(x.dtype).min
        return torch.full(x.shape[:-1], value, dtype=x.dtype, device=x.device)

    return compute


def _mean(x, c):
    if _integers(x):
        return torch.div(_wrapped_sum(x), max(x.shape[-1], 1), rounding_mode="trunc")
    return x.sum(-1) / x.shape[-1]


def _cut(function):
    """Of whole numbers in f64, with the fraction cut off."""
    return lambda x, c: function(x.double(), c).trunc() if _integers(x) else function(x, c)


def _argument(sum_of, function):
    def compute(x, c):
        total = sum_of(x)
        return function(total.double()).trunc() if _integers(x) else function(total)

    return compute


def _register_reductions():
    def reduction(name, compute, **how):
        _operator(name, wide=True, **how)(_reduction(compute))

    reduction("reduce_sum", lambda x, c: _wrapped_sum(x), bits="integers")
    reduction("reduce_sum_square", lambda x, c: _wrapped_sum(x * x), bits="integers")
    reduction("reduce_prod", lambda x, c: x.prod(-1, dtype=x.dtype), bits="integers")
    reduction("reduce_l1", lambda x, c: _wrapped_sum(x.abs()))
    reduction("reduce_l2", _argument(lambda x: _wrapped_sum(x * x), torch.sqrt))
    reduction("reduce_log_sum", _argument(_wrapped_sum, torch.log))
    reduction("reduce_log_sum_exp", _cut(lambda x, c: torch.logsumexp(x, -1)))
    reduction("reduce_mean", _mean)
    reduction("reduce_max", _extreme("amax", -1))
    reduction("reduce_min", _extreme("amin", 1))
    _operator("cumsum", wide=True, bits="integers")(_cumulative(torch.cumsum, 0))
    _operator("cumprod", wide=True, bits="integers")(_cumulative(torch.cumprod, 1))
    _operator("argmax")(_arg(torch.argmax))
    _operator("argmin")(_arg(torch.argmin))
    _operator("top_k")(_top_k)
    _operator("hardmax")(_hardmax)
    _operator("softmax", out=False)(lambda c, t: torch.softmax(t["input"], c.attributes["axis"]))
    _operator("log_softmax")(lambda c, t: torch.log_softmax(t["input"], c.attributes["axis"]))
    _operator("logsumexp", wide=True)(
        lambda c, t: torch.logsumexp(t["X"], c.attributes["axis"], bool(c.attributes["keepdims"]))
    )
    _operator("reduce_variance", wide=True)(_variance)


def _cumulative(function, empty):
    def compute(c, t):
        x = t["x"]
        axis = _axis(c.constants["axis"][0], x.dim())
        if c.attributes["reverse"]:
            x = x.flip(axis)
        if c.attributes["exclusive"] and x.shape[axis] > 0:
            first = torch.full_like(x.narrow(axis, 0, 1), empty)
            x = torch.cat([first, x.narrow(axis, 0, x.shape[axis] - 1)], axis)
        x = function(x, axis, dtype=x.dtype)
        return x.flip(axis) if c.attributes["reverse"] else x

    return compute


def _arg(function):
    def compute(c, t):
        x, axis = t["data"], _axis(c.attributes["axis"], t["data"].dim())
        if not c.attributes["select_last_index"]:
            return function(x, axis, keepdim=True).reshape(_shape(c))
        return (x.shape[axis] - 1 - function(x.flip(axis), axis, keepdim=True)).reshape(_shape(c))

    return compute


def _top_k(c, t):
    x, k, axis = t["X"], c.constants["K"][0], c.attributes["axis"]
    # torch.topk does not say which of equal elements it takes.
    values, places = torch.sort(x, dim=axis, descending=bool(c.attributes["largest"]), stable=True)
    return values.narrow(axis, 0, k), places.narrow(axis, 0, k)


def _hardmax(c, t):
    x, axis = t["input"], c.attributes["axis"]
    if x.numel() == 0:
        return x
    return torch.zeros_like(x).scatter_(axis, torch.argmax(x, axis, keepdim=True), 1)


def _variance(c, t):
    x, axis = t["x"], c.attributes["axis"]
    distances = x - x.mean(axis, keepdim=True)
    degrees = max(0, x.shape[axis] - c.attributes["correction"])
    return ((distances * distances).sum(axis) / degrees if degrees else distances.sum(axis) / 0).reshape(_shape(c))


# Products.


def _matmul(c, t, out=None):
    return torch.matmul(t["A"], t["B"], out=out)


def _gemm(c, t):
    a, b, alpha, beta = t["A"], t["B"], c.attributes["alpha"], c.attributes["beta"]
    a = a.t() if c.attributes["transA"] else a
    b = b.t() if c.attributes["transB"] else b
    if _integers(a):
        alpha, beta = int(alpha), int(beta)  # PyTorch wants whole factors
    if "C" in t and beta != 0:
        return torch.addmm(t["C"].expand(_shape(c)), a, b, beta=beta, alpha=alpha)
    product = torch.matmul(a, b)
    return product if alpha == 1 else product * alpha


def _gemm_refusal(c):
    whole = all(c.attributes[name] == int(c.attributes[name]) for name in ("alpha", "beta"))
    if not DTYPES[c.inputs["A"].dtype].is_float and not whole:
        return "PyTorch multiplies integers by whole factors only"
    return None


def _linear(c, t):
    x, w, b = t["X"], t["W"], t.get("B")
    if _dtype_of(c, "Y") != x.dtype:
        x, w, b = _wide(x), _wide(w), None if b is None else _wide(b)
    return F.linear(x, w, b)


def _einsum(c, t):
    operands = list(t.values())
    if len(operands) > 2:
        operands = [_wide(x) for x in operands]
    return torch.einsum(c.attributes["equation"].replace(" ", ""), *operands)


def _grouped_matmul(c, t):
    parts = torch.split(t["A"], c.constants["group_sizes"])
    return torch.cat([part @ t["B"][e] for e, part in enumerate(parts)]) if parts else t["A"].new_zeros(_shape(c))


def _whole_product(a, b):
    """Exact products of small whole numbers: PyTorch has none of integers on most devices."""
    return torch.matmul(a.double(), b.double())


def _zero_point(x, zero, axis):
    """Zero point of a matrix: one, or one for each row (axis -2) or column (-1)."""
    if zero is None:
        return x.double()
    if zero.dim() == 1 and zero.numel() > 1 and axis == -2:
        zero = zero[:, None]
    return x.double() - zero.double()


def _wrap32(x):
    return x.long().to(torch.int32)


def _matmul_integer(c, t):
    a = _zero_point(t["A"], t.get("a_zero_point"), -2)
    b = _zero_point(t["B"], t.get("b_zero_point"), -1)
    return _wrap32(torch.matmul(a, b))


def _by_row(x):
    return x[:, None] if x.dim() == 1 and x.numel() > 1 else x


def _coded(quotient, zero, dtype):
    """Rounded to even, shifted, and cut to the limits of a type of integers."""
    limits = torch.iinfo(dtype)
    codes = torch.round(quotient)
    if zero is not None:
        codes = codes + zero.to(codes.dtype)
    return codes.clamp(limits.min, limits.max)


def _qlinear_matmul(c, t):
    a = _zero_point(t["a"], t["a_zero_point"], -2)
    b = _zero_point(t["b"], t["b_zero_point"], -1)
    y_scale = _by_row(_wide(t["y_scale"]))
    sums = torch.matmul(a, b).float()
    scaled = sums * _by_row(_wide(t["a_scale"])) * _wide(t["b_scale"]) / y_scale
    return _coded(scaled, _by_row(t["y_zero_point"]), _dtype_of(c, "y"))


def _quant_matmul(c, t):
    sums = _whole_product(t["X"], t["W"].t()).float()
    y = sums * t["x_scale"] * t["w_scale"]
    return y + t["B"] if "B" in t else y


def _weight_only_matmul(c, t):
    x, w, group = _wide(t["X"]), t["W"].float(), c.attributes["group_size"]

    def spread(s):
        return s.float().repeat_interleave(group, 1)[:, : w.shape[1]]

    if "zero_point" in t:
        w = w - spread(t["zero_point"])
    return F.linear(x, w * spread(t["scale"]))


def _fp8_block_matmul(c, t):
    block, x, w = c.attributes["block_size"], t["X"].float(), t["W"].float()
    x = x * t["x_scale"].repeat_interleave(block, 1)[:, : x.shape[1]]
    scale = t["w_scale"].repeat_interleave(block, 1)[:, : w.shape[1]].repeat_interleave(block, 0)[: w.shape[0]]
    return F.linear(x, w * scale)


def _convolve(c, x, w, b=None):
    a, n = c.attributes, x.dim() - 2
    strides, dilations = a.get("strides", [1] * n), a.get("dilations", [1] * n)
    before, behind = [0] * n, [0] * n
    if a["auto_pad"] == "NOTSET":
        pads = a.get("pads", [0] * 2 * n)
        before, behind = pads[:n], pads[n:]
    elif a["auto_pad"].startswith("SAME"):
        for d in range(n):
            size, reach = x.shape[d + 2], (w.shape[d + 2] - 1) * dilations[d] + 1
            both = max(0, (-(-size // strides[d]) - 1) * strides[d] + reach - size)
            before[d] = both // 2 if a["auto_pad"] == "SAME_UPPER" else -(-both // 2)
            behind[d] = both - before[d]
    if before == behind:
        padding = before
    else:
        padding = [0] * n
        x = F.pad(x, [pad for d in reversed(range(n)) for pad in (before[d], behind[d])])
    function = (F.conv1d, F.conv2d, F.conv3d)[n - 1]
    return function(x, w, b, stride=strides, padding=padding, dilation=dilations, groups=a["group"])


def _conv(c, t):
    return _convolve(c, t["X"], t["W"], t.get("B"))


def _conv_refusal(c):
    x = c.inputs["X" if c.operator == "conv" else "x"]
    if len(x.shape) > 5:
        return "PyTorch convolves at most 3 dimensions, not %d" % (len(x.shape) - 2)
    if 0 in x.shape or 0 in _shape(c):
        return "PyTorch does not convolve tensors without elements"
    return None


def _conv_sums(c, t):
    """Exact sums of a quantised convolution."""
    w, zero = t["w"].double(), t.get("w_zero_point")
    if zero is not None:
        w = w - (zero.double().reshape([-1] + [1] * (w.dim() - 1)) if zero.numel() > 1 else zero.double())
    x = t["x"].double()
    return torch.round(_convolve(c, x - t["x_zero_point"].double() if "x_zero_point" in t else x, w))


def _per_channel(x, rank):
    return x.reshape([1, -1] + [1] * (rank - 2)) if x.numel() > 1 else x


def _qlinear_conv(c, t):
    sums = _conv_sums(c, t)
    if "B" in t:
        sums = sums + t["B"].double().reshape([1, -1] + [1] * (sums.dim() - 2))
    scale = t["x_scale"] * _per_channel(t["w_scale"], sums.dim()) / t["y_scale"]
    return _coded(sums.float() * scale, t["y_zero_point"], _dtype_of(c, "y"))


def _product_contract(c):
    """oneDNN multiplies bf16 on the CPU by instructions that take subnormal numbers for zero, where it has them."""
    reduced = any(spec.dtype == "bf16" for spec in c.inputs.values()) and _bf16_instructions()
    return {"flushes_inputs": "true", "flushes_outputs": "true"} if reduced else {}


def _bf16_instructions():
    if _on_device or not torch.backends.mkldnn.is_available():
        return False
    try:
        with open("/proc/cpuinfo") as file:
            return re.search(r"\b(avx512_bf16|amx_bf16)\b", file.read()) is not None
    except OSError:
        return False


def _register_products():
    _operator("matmul", out=True, contract=_product_contract)(_matmul)
    _operator("gemm", bits="integers", refuse=_gemm_refusal, contract=_product_contract)(_gemm)
    _operator("linear", contract=_product_contract)(_linear)
    _operator("einsum", bits="integers", contract=_product_contract)(_einsum)
    _operator("grouped_matmul", contract=_product_contract)(_grouped_matmul)
    _operator("matmul_integer")(_matmul_integer)
    _operator("qlinear_matmul")(_qlinear_matmul)
    _operator("quant_matmul")(_quant_matmul)
    _operator("weight_only_matmul")(_weight_only_matmul)
    _operator("fp8_block_matmul")(_fp8_block_matmul)
    _operator("conv", refuse=_conv_refusal, contract=_product_contract)(_conv)
    _operator("conv_integer", refuse=_conv_refusal)(lambda c, t: _wrap32(_conv_sums(c, t)))
    _operator("qlinear_conv", refuse=_conv_refusal)(_qlinear_conv)


# Quantisation.


def _scales(c, scale, x):
    """Scales or zero points for each element of x."""
    block = c.attributes["block_size"]
    axis = _axis(c.attributes["axis"], x.dim())
    if scale.numel() == 1 and scale.dim() <= 1:
        return scale.reshape(())
    if block > 0:
        return scale.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis])
    sizes = [1] * x.dim()
    sizes[axis] = -1
    return scale.reshape(sizes)


def _quantize_linear(c, t):
    x, dtype = _wide(t["x"]), _dtype_of(c, "y")
    quotient = x / _scales(c, _wide(t["y_scale"]), x)
    if dtype.is_floating_point:
        largest = torch.finfo(dtype).max
        return quotient.clamp(-largest, largest) if c.attributes["saturate"] else quotient
    zero = _scales(c, t["y_zero_point"], x) if "y_zero_point" in t else None
    return _coded(quotient, zero, dtype)


def _dequantize_linear(c, t):
    x = t["x"]
    scale = _scales(c, _wide(t["x_scale"]), x)
    zero = t.get("x_zero_point")
    if x.dtype.is_floating_point:
        return x.float() * scale
    wide = x.double() if x.dtype == torch.int32 else x.float()
    if zero is not None:
        wide = wide - _scales(c, zero, x).to(wide.dtype)
    return wide.float() * scale


def _dynamic_quant(c, t):
    x, dtype = _wide(t["x"]), _dtype_of(c, "y")
    group = c.attributes["group_size"] or x.shape[-1]
    shape = _shape(c, "scale")
    padded = F.pad(x, [0, shape[-1] * group - x.shape[-1]])
    groups = padded.reshape(list(x.shape[:-1]) + [shape[-1], group])
    largest = 127.0 if dtype == torch.int8 else torch.finfo(dtype).max
    scale = groups.abs().amax(-1, keepdim=True) / largest
    quotient = torch.where(scale > 0, groups / scale, torch.zeros_like(groups))
    if dtype == torch.int8:
        quotient = torch.round(quotient)
    codes = quotient.clamp(-largest, largest).reshape(padded.shape)[..., : x.shape[-1]]
    return codes, scale.reshape(shape)


def _dynamic_quantize_linear(c, t):
    x = t["x"]
    low, high = x.amin().clamp(max=0), x.amax().clamp(min=0)
    scale = (high - low) / 255
    zero = torch.round(-low / scale).clamp(0, 255)
    return torch.round(x / scale + 0).add(zero).clamp(0, 255), scale, zero


def _register_quantization():
    _operator("quantize_linear", refuse=_quantize_refusal)(_quantize_linear)
    _operator("dequantize_linear")(_dequantize_linear)
    _operator("dynamic_quant", refuse=_empty_refusal)(_dynamic_quant)
    _operator("dynamic_quantize_linear", refuse=_empty_refusal)(_dynamic_quantize_linear)


def _quantize_refusal(c):
    if c.attributes["precision"] not in (0, 1):
        return "the quotient is made in f32"
    if c.inputs["x"].dtype == "i32":
        return "whole numbers are divided in f32, which does not hold all of 32 bits"
    return None


def _empty_refusal(c):
    return "nothing is the largest of no elements" if 0 in c.inputs["x"].shape else None


# Norms.


def _stashed(c, x):
    """The type of a norm's arithmetic: f64 where the statistics, or the values, are."""
    return x.double() if c.attributes.get("stash_type") == 11 else _wide(x)


def _rounded_first(c, x):
    """f64 values whose statistics are of f32 are rounded to it."""
    return x.float().double() if x.dtype == torch.float64 and c.attributes["stash_type"] == 1 else _stashed(c, x)


def _layer_norm(c, t):
    x, scale, bias = t["X"], t["Scale"], t.get("B")
    axis = _axis(c.attributes["axis"], x.dim())
    plain = list(c.outputs) == ["Y"] and x.dtype != torch.float64 and c.attributes["stash_type"] == 1
    if plain:
        return F.layer_norm(x, x.shape[axis:], scale, bias, c.attributes["epsilon"])
    x = _rounded_first(c, x)
    scale, bias = scale.to(x.dtype), None if bias is None else bias.to(x.dtype)
    y, mean, inverse = torch.native_layer_norm(x, list(x.shape[axis:]), scale, bias, c.attributes["epsilon"])
    shape = list(x.shape[:axis]) + [1] * (x.dim() - axis)
    return y, mean.reshape(shape), inverse.reshape(shape)


def _rms(x, axes, epsilon):
    return x / torch.sqrt((x * x).mean(axes, keepdim=True) + epsilon)


def _rms_norm(c, t):
    x = _rounded_first(c, t["X"])
    axes = list(range(_axis(c.attributes["axis"], x.dim()), x.dim()))
    return _rms(x, axes, c.attributes["epsilon"]) * t["scale"].to(x.dtype)


def _add_rms_norm(c, t):
    total = t["X"] + t["residual"]
    return _rms(total, [-1], c.attributes["epsilon"]) * t["scale"], total


def _qk_norm(c, t):
    return tuple(_rms(t[name], [-1], c.attributes["epsilon"]) * t[name + "_scale"] for name in "qk")


def _group_norm(c, t):
    x = _rounded_first(c, t["X"])
    scale, bias = t["scale"].to(x.dtype), t["bias"].to(x.dtype)
    return F.group_norm(x, c.attributes["num_groups"], scale, bias, c.attributes["epsilon"])


def _instance_norm(c, t):
    x = t["input"]
    return F.group_norm(x, x.shape[1], t["scale"], t["B"], c.attributes["epsilon"])


def _batch_norm(c, t):
    wide = torch.float64 if any(x.dtype == torch.float64 for x in t.values()) else torch.float32
    x, scale, b, mean, var = (t[name].to(wide) for name in ("X", "scale", "B", "input_mean", "input_var"))
    return F.batch_norm(x, mean, var, scale, b, False, 0, c.attributes["epsilon"])


def _mean_variance_norm(c, t):
    x, axes = t["X"], c.attributes["axes"]
    distances = x - x.mean(axes, keepdim=True)
    return distances / (torch.sqrt((distances * distances).mean(axes, keepdim=True)) + 1e-9)


def _lp_norm(c, t):
    x, axis = t["input"], c.attributes["axis"]
    if c.attributes["p"] == 1:
        norm = x.abs().sum(axis, keepdim=True)
    else:
        norm = torch.sqrt((x * x).sum(axis, keepdim=True))
    return torch.where(norm == 0, torch.zeros_like(x), x / norm)


def _no_empty(c):
    if any(0 in spec.shape for spec in c.inputs.values()):
        return "PyTorch does not normalise tensors without elements"
    return None


def _register_norms():
    _operator("layer_normalization")(_layer_norm)
    _operator("rms_normalization", wide=True)(_rms_norm)
    _operator("add_rms_normalization", wide=True)(_add_rms_norm)
    _operator("qk_normalization", wide=True)(_qk_norm)
    _operator("group_normalization", wide=True, refuse=_no_empty)(_group_norm)
    _operator("instance_normalization", wide=True, refuse=_no_empty)(_instance_norm)
    _operator("batch_normalization", wide=True)(_batch_norm)
    _operator("mean_variance_normalization", wide=True)(_mean_variance_norm)
    _operator("lp_normalization", wide=True)(_lp_norm)


# Attention.


def _probabilities(scores, hidden, sinks=None):
    """Softmax over the last dimension with zeros for rows that see nothing; and the logarithm of the sum."""
    if hidden is not None:
        scores = scores.masked_fill(hidden, -math.inf)
    if scores.shape[-1] == 0:
        highest = torch.full(list(scores.shape[:-1]) + [1], -math.inf, dtype=scores.dtype, device=scores.device)
    else:
        highest = scores.amax(-1, keepdim=True)
    if sinks is not None:
        highest = torch.maximum(highest, sinks)
    highest = torch.where(highest == -math.inf, torch.zeros_like(highest), highest)
    weights = torch.exp(scores - highest)
    total = weights.sum(-1, keepdim=True)
    if sinks is not None:
        total = total + torch.exp(sinks - highest)
    lse = (torch.log(total) + highest).squeeze(-1)
    return torch.where(total == 0, torch.zeros_like(weights), weights / total), lse


def _by_groups(q, k):
    """Query heads [.., h, s, d] as [.., g, h/g * s, d]: those that share keys behind one another."""
    h, s, d = q.shape[-3:]
    return q.reshape(list(q.shape[:-3]) + [k.shape[-3], h // k.shape[-3] * s, d])


def _attention(c, t):
    a = c.attributes
    q, k, v = t["Q"], t["K"], t["V"]
    flat = q.dim() == 3
    if flat:
        heads = (a["q_num_heads"], a["kv_num_heads"], a["kv_num_heads"])
        q, k, v = (
            x.reshape(x.shape[0], x.shape[1], n, x.shape[2] // n).transpose(1, 2) for x, n in zip((q, k, v), heads)
        )
    past = t["past_key"].shape[2] if "past_key" in t else 0
    if "past_key" in t:
        k, v = torch.cat([t["past_key"], k], 2), torch.cat([t["past_value"], v], 2)
    present_key, present_value = k, v
    b, h, s, d = q.shape
    keys = k.shape[2]
    q, k, v = _wide(q), _wide(k), _wide(v)
    rows = torch.arange(s, device=q.device)[:, None]
    columns = torch.arange(keys, device=q.device)
    hidden = torch.zeros((b, 1, s, keys), dtype=torch.bool, device=q.device)
    lengths = c.constants.get("nonpad_kv_seqlen") if "nonpad_kv_seqlen" in c.inputs else None
    offset = torch.full((b, 1, 1, 1), past, dtype=torch.int64, device=q.device)
    if lengths is not None:
        used = torch.tensor(lengths, dtype=torch.int64, device=q.device).reshape(b, 1, 1, 1)
        hidden = hidden | (columns >= used)
        # What is behind the end must not count, whatever it is.
        v = v.masked_fill((columns >= used).transpose(2, 3), 0)
        if past == 0:
            offset = used - s
    if a["is_causal"]:
        hidden = hidden | (columns > rows + offset)
    scores = torch.matmul(_by_groups(q, k), k.transpose(-1, -2)).reshape(b, h, s, keys)
    scores = scores * a.get("scale", 1 / math.sqrt(d))
    capped = a["softcap"] * torch.tanh(scores / a["softcap"]) if a["softcap"] > 0 else scores
    biased = capped
    if "attn_mask" in t:
        mask = t["attn_mask"]
        shown = mask if mask.dtype == torch.bool else None
        lacking = keys - mask.shape[-1]
        if shown is not None:
            hidden = hidden | ~F.pad(shown.to(torch.uint8), [0, lacking]).bool()
        else:
            bias = F.pad(_wide(mask), [0, lacking], value=-math.inf)
            hidden = hidden | (bias == -math.inf)
            biased = capped + torch.where(bias == -math.inf, torch.zeros_like(bias), bias)
    hidden = hidden.expand(b, h, s, keys)
    weights, _ = _probabilities(biased, hidden)
    y = torch.matmul(_by_groups(weights, v), v).reshape(b, h, s, v.shape[3])
    if flat:
        y = y.transpose(1, 2).reshape(_shape(c, "Y"))
    stages = (scores, capped, biased.masked_fill(hidden, -math.inf), weights)
    return y, present_key, present_value, stages[a["qk_matmul_output_mode"]]


def _sequences(c, t, q, keys_of, scale, batch):
    """Attention of packed sequences: batch has the place of queries, and the keys and values, of each."""
    a = c.attributes
    total, h = q.shape[0], q.shape[1]
    e = _shape(c, "out")[2]
    out = torch.zeros((total, h, e), dtype=q.dtype, device=q.device)
    lse = torch.full((h, total), -math.inf, dtype=q.dtype, device=q.device)
    sinks, slopes = t.get("sinks"), t.get("alibi_slopes")
    for (begin, end), (k, v) in zip(batch, keys_of):
        s, n = end - begin, k.shape[0]
        if s == 0:
            continue
        k, v = k.transpose(0, 1), v.transpose(0, 1)
        scores = torch.matmul(_by_groups(q[begin:end].transpose(0, 1), k), k.transpose(-1, -2)).reshape(h, s, n) * scale
        if a["softcap"] > 0:
            scores = a["softcap"] * torch.tanh(scores / a["softcap"])
        position = torch.arange(s, device=q.device)[:, None] + (n - s)
        distance = position - torch.arange(n, device=q.device)
        if slopes is not None:
            scores = scores - slopes.to(scores.dtype).reshape(-1, 1, 1) * distance.abs()
        hidden = torch.zeros_like(distance, dtype=torch.bool)
        if a["causal"]:
            hidden = hidden | (distance < 0)
        if a["window_left"] >= 0:
            hidden = hidden | (distance > a["window_left"])
        if a["window_right"] >= 0 and not a["causal"]:
            hidden = hidden | (distance < -a["window_right"])
        sink = None if sinks is None else sinks.to(scores.dtype).reshape(-1, 1, 1)
        weights, logarithm = _probabilities(scores, hidden, sink)
        out[begin:end] = torch.matmul(_by_groups(weights, v), v).reshape(h, s, e).transpose(0, 1)
        lse[:, begin:end] = logarithm
    return out, lse


def _between(starts):
    return list(zip(starts[:-1], starts[1:]))


def _varlen_attention(c, t):
    k, v = t["k"], t["v"]
    keys = [(k[begin:end], v[begin:end]) for begin, end in _between(c.constants["cu_seqlens_k"])]
    scale = c.attributes.get("scale", 1 / math.sqrt(t["q"].shape[2]))
    return _sequences(c, t, t["q"], keys, scale, _between(c.constants["cu_seqlens_q"]))


def _paged_attention(c, t):
    q, lengths = t["q"], c.constants["kv_seq_lens"]
    caches = []
    for name in "kv":
        cache = t[name + "_cache"]
        cache = cache.transpose(1, 2) if c.attributes["layout"] == "hnd" else cache
        parts = [part.to(q.dtype) for part in _pages(c, cache, lengths)]
        scale = t.get(name + "_scale")
        caches.append(parts if scale is None else [part * scale.to(q.dtype)[:, None] for part in parts])
    starts = c.constants.get("cu_seqlens_q")
    if starts is None:
        starts = [0] + list(itertools.accumulate(c.constants["q_seq_lens"]))
    scale = c.attributes.get("scale", 1 / math.sqrt(q.shape[2]))
    return _sequences(c, t, q, list(zip(*caches)), scale, _between(starts))


def _mla_attention(c, t):
    q = torch.cat([t["q_nope"], t["q_pe"]], -1)
    lengths = c.constants["kv_seq_lens"]
    latent, rotated = _pages(c, t["ckv_cache"], lengths), _pages(c, t["kpe_cache"], lengths)
    keys = [(torch.cat([x, r], -1)[:, None], x[:, None]) for x, r in zip(latent, rotated)]
    scale = c.attributes.get("scale", 1 / math.sqrt(q.shape[2]))
    return _sequences(c, t, q, keys, scale, _between(c.constants["cu_seqlens_q"]))


def _lse_merge(c, t):
    a, b = t["lse_a"], t["lse_b"]
    highest = torch.maximum(a, b)
    base = torch.where(highest == -math.inf, torch.zeros_like(highest), highest)
    first, second = torch.exp(a - base), torch.exp(b - base)
    total = first + second

    def part(weight, values):
        share = (weight / total).t()[..., None].to(values.dtype)
        return torch.where(share == 0, torch.zeros_like(values), values * share)

    return part(first, t["out_a"]) + part(second, t["out_b"]), base + torch.log(total)


def _flex_attention(c, t):
    q, k, v = t["Q"], t["K"], t["V"]
    scores = torch.matmul(_by_groups(q, k), k.transpose(-1, -2)) * c.attributes.get("scale", 1 / math.sqrt(q.shape[-1]))
    weights, _ = _probabilities(scores, None)
    return torch.matmul(weights, v).reshape(_shape(c))


def _register_attention():
    # Copies of keys and values are bit for bit, so that what is computed is widened there.
    _operator("attention")(_attention)
    _operator("flex_attention", wide=True)(_flex_attention)
    _operator("varlen_attention", wide=True)(_varlen_attention)
    _operator("paged_attention", wide=True)(_paged_attention)
    _operator("mla_attention", wide=True)(_mla_attention)
    _operator("lse_merge", wide=True)(_lse_merge)


# Positions, sequences, mixtures of experts, sampling.


def _turned(x, cos, sin, neighbours):
    """Pairs of the first elements of each head turned; cos and sin [.., r/2]."""
    half = cos.shape[-1]
    head, rest = x[..., : 2 * half], x[..., 2 * half :]
    a, b = (head[..., 0::2], head[..., 1::2]) if neighbours else (head[..., :half], head[..., half:])
    first, second = a * cos - b * sin, a * sin + b * cos
    if neighbours:
        head = torch.stack([first, second], -1).reshape(head.shape)
    else:
        head = torch.cat([first, second], -1)
    return torch.cat([head, rest], -1)


def _rotary_embedding(c, t):
    x, a = t["X"], c.attributes
    flat = x.dim() == 3
    # Heads last but one: [b, s, h, d].
    heads = a.get("num_heads", 1)
    x = x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads) if flat else x.transpose(1, 2)
    tables = [t["cos_cache"], t["sin_cache"]]
    if "position_ids" in t:
        ids = t["position_ids"].long()
        tables = [table[ids] for table in tables]
    cos, sin = (table[:, :, None].to(x.dtype) for table in tables)
    y = _turned(x, cos, sin, a["interleaved"])
    return y.reshape(_shape(c)) if flat else y.transpose(1, 2)


def _rope(c, t):
    a = c.attributes
    r = a["rotary_dim"] or t["q"].shape[2]
    frequencies, factor = [], a["yarn_factor"]

    def turning(turns):
        return r * math.log(a["original_positions"] / (turns * 2 * math.pi)) / (2 * math.log(a["theta"]))

    low = max(0, math.floor(turning(a["beta_fast"])))
    high = min(r - 1, math.ceil(turning(a["beta_slow"])))
    for i in range(r // 2):
        plain = a["theta"] ** (-2 * i / r)
        kept = 1 - min(max((i - low) / (high - low if high > low else 0.001), 0), 1)
        frequencies.append(plain / factor * (1 - kept) + plain * kept if factor > 1 else plain)
    magnitude = a["attention_factor"] * (0.1 * math.log(factor) + 1) if factor > 1 else 1
    frequencies = torch.tensor(frequencies, dtype=torch.float32, device=t["q"].device)
    positions = t["positions"].to(torch.float32)
    if "sections" in a:
        rows = [row for row, size in enumerate(a["sections"]) for _ in range(size)]
        positions = positions[torch.tensor(rows, dtype=torch.int64, device=positions.device)].t()
    else:
        positions = positions[:, None]
    angles = (positions * frequencies)[:, None]
    cos, sin = torch.cos(angles) * magnitude, torch.sin(angles) * magnitude
    return tuple(_turned(_wide(t[name]), cos, sin, a["layout"] == "gptj") for name in "qk" if name in t)


def _rope_in_place(c, t):
    for name, result in zip("qk", _rope(c, t)):
        t[name].copy_(result)


def _activated(c, x):
    return F.silu(x) if c.attributes["activation"] in ("silu", "swish") else x


def _taps(padded, weight, bias):
    """Depthwise sums over a window, [.., c, t] with weights [c, k]."""
    length = padded.shape[-1] - weight.shape[1] + 1
    total = sum(weight[:, j : j + 1] * padded[..., j : j + length] for j in range(weight.shape[1]))
    return total if bias is None else total + bias[:, None]


def _causal_conv_with_state(c, t):
    x, weight = t["input"], t["weight"][:, 0]
    k = weight.shape[1]
    past = t.get("past_state")
    if past is None:
        past = x.new_zeros((x.shape[0], x.shape[1], k - 1))
    padded = torch.cat([past, x], 2)
    return _activated(c, _taps(padded, weight, t.get("bias"))), padded[..., padded.shape[2] - (k - 1) :]


def _causal_conv1d(c, t):
    """Writes the state in place; returns the outputs, of which the state is one already."""
    x, state, k = t["x"], t["conv_state"], c.constants
    weight, bias = _wide(t["weight"].t()), t.get("bias")
    bias = None if bias is None else _wide(bias)
    starts = k["query_start_loc"]
    slots = k.get("cache_indices", range(len(starts) - 1))
    known = k.get("has_initial_state", [1] * (len(starts) - 1))
    out = torch.zeros(x.shape, dtype=weight.dtype, device=x.device)
    for (begin, end), slot, initial in zip(_between(starts), slots, known):
        if slot == c.attributes["pad_slot_id"]:
            continue
        past = state[slot] if initial else torch.zeros_like(state[slot])
        padded = torch.cat([past, x[begin:end]])
        out[begin:end] = _activated(c, _taps(_wide(padded).t(), weight, bias)).t()
        state[slot].copy_(padded[padded.shape[0] - state.shape[1] :])
    return out, state


def _linear_attention(c, t):
    a = c.attributes
    h, g = a["q_num_heads"], a["kv_num_heads"]

    def heads(x, n):
        return x.reshape(x.shape[0], x.shape[1], n, x.shape[2] // n)

    q, k, v = heads(t["query"], h), heads(t["key"], g), heads(t["value"], g)
    b, steps, dk, dv = q.shape[0], q.shape[1], k.shape[3], v.shape[3]
    state = t["past_state"] if "past_state" in t else q.new_zeros((b, g, dk, dv))
    scale, rule = a["scale"] or 1 / math.sqrt(dk), a["update_rule"]
    decay = heads(t["decay"], g) if "decay" in t else None
    erase = heads(t["erase_gate"], g) * k if "erase_gate" in t else k
    rate = t["beta"][..., None].expand(b, steps, g, 1) if "beta" in t else None
    results = []
    for i in range(steps):
        if "gated" in rule and decay is not None:
            state = torch.exp(decay[:, i])[..., None] * state
        value = v[:, i]
        if "delta" in rule:
            value = value - torch.matmul(erase[:, i, :, None], state)[:, :, 0]
            value = value if rate is None else rate[:, i] * value
        state = state + k[:, i, :, :, None] * value[:, :, None]
        read = torch.matmul(q[:, i].reshape(b, g, h // g, dk), state).reshape(b, h * dv)
        results.append(scale * read)
    output = torch.stack(results, 1) if results else q.new_zeros((b, 0, h * dv))
    return output, state


def _moe_softmax_topk(c, t):
    weights, ids = torch.topk(torch.softmax(t["logits"], -1), c.attributes["k"], -1)
    if c.attributes["renormalize"]:
        weights = weights / weights.sum(-1, keepdim=True)
    return weights, ids


def _moe_sigmoid_grouped_topk(c, t):
    a = c.attributes
    scores = torch.sigmoid(t["logits"])
    biased = scores + t["correction_bias"] if "correction_bias" in t else scores
    tokens, experts = scores.shape
    groups = biased.reshape(tokens, a["n_group"], -1)
    best = min(2, groups.shape[2]) if "correction_bias" in t else 1
    standing = torch.topk(groups, best, -1)[0].sum(-1)
    chosen = torch.topk(standing, a["topk_group"], -1)[1]
    taking_part = torch.zeros_like(standing, dtype=torch.bool).scatter_(1, chosen, True)
    open_to = taking_part[:, :, None].expand(groups.shape).reshape(tokens, experts)
    ids = torch.topk(biased.masked_fill(~open_to, -math.inf), a["k"], -1)[1]
    weights = scores.gather(1, ids)
    if a["renormalize"]:
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
    return weights * a["routed_scaling_factor"], ids


def _sorted_choices(c, ids):
    """Choices by expert, and where each expert's begin."""
    experts = c.attributes["num_experts"]
    order = torch.sort(ids.reshape(-1).long(), stable=True)[1]
    counts = torch.bincount(ids.reshape(-1).long(), minlength=experts)
    return order, counts


def _moe_scatter(c, t):
    x, ids = t["X"], t["ids"]
    order, counts = _sorted_choices(c, ids)
    positions = torch.empty_like(order)
    positions[order] = torch.arange(order.numel(), device=order.device)
    offsets = F.pad(torch.cumsum(counts, 0), [1, 0])
    return x.index_select(0, order // max(ids.shape[1], 1)), offsets, positions.reshape(ids.shape)


def _moe_align_block_size(c, t):
    ids, block = t["ids"], c.attributes["block_size"]
    order, counts = _sorted_choices(c, ids)
    padded = (counts + block - 1) // block * block
    begins = torch.cumsum(padded, 0) - padded
    within = torch.arange(order.numel(), device=order.device) - (torch.cumsum(counts, 0) - counts)[
        ids.reshape(-1).long()[order]
    ]
    sorted_ids = torch.full(_shape(c, "sorted_ids"), ids.numel(), dtype=torch.int64, device=order.device)
    sorted_ids[begins[ids.reshape(-1).long()[order]] + within] = order
    blocks = torch.arange(_shape(c, "expert_ids")[0], device=order.device) * block
    expert_ids = torch.searchsorted(torch.cumsum(padded, 0), blocks, right=True).clamp(max=counts.numel() - 1)
    return sorted_ids, expert_ids, padded.sum().reshape(1)


def _moe_combine(c, t):
    rows, weights, positions = t["rows"], t["weights"], t["positions"].long()
    there = positions >= 0
    if rows.shape[0] == 0:
        return rows.new_zeros(_shape(c))
    taken = rows[positions.clamp(min=0)] * weights[..., None]
    return torch.where(there[..., None], taken, torch.zeros_like(taken)).sum(1)


def _apply_penalties(c, t):
    x, output = t["logits"], t.get("output_counts")
    zero = torch.zeros_like(x)
    seen = torch.zeros_like(x, dtype=torch.bool)
    for name in ("output_counts", "prompt_counts"):
        seen = seen | (t[name] > 0) if name in t else seen
    if "repetition" in t:
        x = torch.where(seen, torch.where(x > 0, x / t["repetition"], x * t["repetition"]), x)
    if output is not None and "frequency" in t:
        x = x - t["frequency"] * output
    if output is not None and "presence" in t:
        x = x - torch.where(output > 0, t["presence"].expand(x.shape), zero)
    return x / t["temperature"] if "temperature" in t else x


def _sampling_mask(c, t):
    x = t["logits"]
    rank = x.shape[1]
    values, order = torch.sort(x, dim=1, descending=True, stable=True)
    kept = torch.ones_like(values, dtype=torch.bool)
    if "top_k" in t:
        k = t["top_k"].long()[:, None]
        kept = (torch.arange(rank, device=x.device) < k) | (k <= 0)
    if "top_p" in t:
        shares = torch.softmax(values.masked_fill(~kept, -math.inf), 1)
        before = torch.cumsum(shares, 1) - shares
        p = t["top_p"][:, None]
        within = (before < p) | (p >= 1)
        within[:, :1] = True
        kept = kept & within
    if "min_p" in t:
        kept = kept & (torch.exp(values - values[:, :1]) >= t["min_p"][:, None])
    kept = torch.zeros_like(kept).scatter_(1, order, kept)
    return x.masked_fill(~kept, -math.inf)


def _random_sample(c, t):
    generator = torch.Generator(device=t["logits"].device)
    generator.manual_seed(c.attributes["seed"] & (1 << 63) - 1)
    shares = torch.softmax(t["logits"], 1)
    return torch.multinomial(shares, c.attributes["samples"], replacement=True, generator=generator)


def _register_serving():
    _operator("rotary_embedding", wide=True)(_rotary_embedding)
    _operator("rope", wide=True)(_rope)
    _operator("rope_in_place", in_place=True)(_rope_in_place)
    _operator("causal_conv_with_state", wide=True)(_causal_conv_with_state)
    _operator("causal_conv1d")(_causal_conv1d)
    _operator("linear_attention", wide=True)(_linear_attention)
    _operator("moe_softmax_topk", wide=True)(_moe_softmax_topk)
    _operator("moe_sigmoid_grouped_topk", wide=True)(_moe_sigmoid_grouped_topk)
    _operator("moe_scatter", bits="all")(_moe_scatter)
    _operator("moe_align_block_size")(_moe_align_block_size)
    _operator("moe_combine", wide=True)(_moe_combine)
    _operator("apply_penalties", wide=True)(_apply_penalties)
    _operator("sampling_mask", wide=True)(_sampling_mask)
    _operator("random_sample", wide=True)(_random_sample)


def torch_backend():
    """PyTorch as a backend."""
    backend = TorchBackend()
    for register in (
        _register_elementwise,
        _register_movement,
        _register_reductions,
        _register_products,
        _register_quantization,
        _register_norms,
        _register_attention,
        _register_serving,
    ):
        register()
    return backend


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "torch":
        sys.exit("usage: assay_worker.py torch SOCKET; a backend of your own imports this file")
    serve(torch_backend())
