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
