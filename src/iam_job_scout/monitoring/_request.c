/* The short way of a request, compiled: the twin of request.py, which says what it does and why.

   Whatever is not as nearly all responses are is left to Python (`see`), and so is every error (`broken`). What may run
   Python code, the attribute of a server and the clock, is asked before anything is borrowed; the keys of scopes and
   messages are strings, which compare without it. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#ifndef SOURCE
#define SOURCE "" /* build.py gives the digest of this file */
#endif
#define MAX_BUCKETS 64

typedef struct {
    PyObject_HEAD
    PyObject *scope, *onward, *cells, *recent, *in_progress, *server, *start, *clock, *cell;
    double started;
} Request;

static PyTypeObject *request_type;
static PyObject *perf_counter, *ended_scope, *mark, *current;
static double buckets[MAX_BUCKETS], slow_seconds;
static Py_ssize_t bucket_count, sum_at, bytes_at;

#define NAMES(DO)                                                                                                      \
    DO(type) DO(body) DO(more_body) DO(trailers) DO(status) DO(route) DO(fastapi) DO(effective_route_context)          \
    DO(root_path) DO(slots) DO(disconnected) DO(recent) DO(see) DO(broken)                                             \
    DO(requests) DO(exemplar_due) DO(path) DO(method) DO(http)
#define DECLARE(name) static PyObject *s_##name;
NAMES(DECLARE)
static PyObject *response_start, *response_body;

static int absent(PyObject *value) { return value == NULL || value == Py_None; }

static int same_text(PyObject *text, PyObject *wanted)
{
    return text == wanted || (text != NULL && wanted != NULL && PyUnicode_CheckExact(text)
                              && PyUnicode_CheckExact(wanted) && PyUnicode_Compare(text, wanted) == 0);
}

static int now(double *seconds)
{
    PyObject *value = PyObject_CallNoArgs(perf_counter);
    if (value == NULL)
        return -1;
    *seconds = PyFloat_AsDouble(value);
    Py_DECREF(value);
    return *seconds == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* slots[at] += by, for a list as for the memory that workers share. */
static int add(PyObject *slots, Py_ssize_t at, double by)
{
    PyObject *place = PyLong_FromSsize_t(at);
    if (place == NULL)
        return -1;
    int list = PyList_CheckExact(slots);
    PyObject *old = list ? Py_XNewRef(PyList_GetItem(slots, at)) : PyObject_GetItem(slots, place), *sum = NULL;
    double before = old == NULL ? -1.0 : PyFloat_AsDouble(old);
    if (before != -1.0 || !PyErr_Occurred())
        sum = PyFloat_FromDouble(before + by);
    int failed = sum == NULL
                 || (list ? PyList_SetItem(slots, at, Py_NewRef(sum)) : PyObject_SetItem(slots, place, sum)) < 0;
    Py_DECREF(place);
    Py_XDECREF(old);
    Py_XDECREF(sum);
    return failed ? -1 : 0;
}

static int add_in_progress(PyObject *child, double by)
{
    PyObject *slots = PyObject_GetAttr(child, s_slots);
    int failed = slots == NULL || add(slots, 0, by) < 0;
    Py_XDECREF(slots);
    return failed ? -1 : 0;
}

static int count(PyObject *cell, double duration, Py_ssize_t length)
{
    PyObject *requests = PyObject_GetAttr(cell, s_requests);
    PyObject *slots = requests == NULL ? NULL : PyObject_GetAttr(requests, s_slots);
    Py_XDECREF(requests);
    if (slots == NULL)
        return -1;
    Py_ssize_t bucket = 0;
    while (bucket < bucket_count && buckets[bucket] < duration)
        bucket++;
    int failed = add(slots, bucket, 1.0) < 0 || add(slots, sum_at, duration) < 0
                 || add(slots, bytes_at, (double)length) < 0;
    Py_DECREF(slots);
    return failed ? -1 : 0;
}

/* A number that an attribute holds. */
static int number(PyObject *object, PyObject *name, double *value)
{
    PyObject *found = PyObject_GetAttr(object, name);
    if (found == NULL)
        return -1;
    *value = PyFloat_AsDouble(found);
    Py_DECREF(found);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* Who has answered, if this route did so with this status before (a borrowed tuple); NULL if not, or with an error. */
static PyObject *familiar(Request *self)
{
    PyObject *scope = self->scope, *route = PyDict_GetItemWithError(scope, s_route), *leaf = route;
    PyObject *fastapi = PyDict_GetItemWithError(scope, s_fastapi);
    PyObject *status = PyDict_GetItemWithError(self->start, s_status);
    if (fastapi != NULL)
        leaf = PyDict_CheckExact(fastapi) ? PyDict_GetItemWithError(fastapi, s_effective_route_context) : NULL;
    if (leaf == NULL || route == NULL || status == NULL || !PyLong_CheckExact(status))
        return NULL;
    PyObject *address = PyLong_FromVoidPtr(leaf);
    PyObject *key = address == NULL ? NULL : PyNumber_Add(address, status);
    Py_XDECREF(address);
    if (key == NULL)
        return NULL;
    PyObject *found = PyDict_GetItemWithError(self->recent, key);
    Py_DECREF(key);
    if (found == NULL || !PyTuple_CheckExact(found) || PyTuple_GET_SIZE(found) != 6)
        return NULL;
    PyObject **items = ((PyTupleObject *)found)->ob_item;
    if (items[0] != leaf || items[1] != route || items[2] != self->in_progress
        || !same_text(items[3], PyDict_GetItemWithError(scope, s_root_path))
        || PyObject_RichCompareBool(items[4], status, Py_EQ) != 1)
        return NULL;
    return found;
}

/* 1 when the response has been counted, 0 when it is not as nearly all are, -1 with an error. */
static int counted(Request *self, PyObject *message)
{
    double ended, due;
    PyObject *gone = PyObject_GetAttr(self->server, s_disconnected);
    Py_XDECREF(gone);
    if (gone != Py_False)
        return gone == NULL ? -1 : 0;
    if (now(&ended) < 0)
        return -1;
    double duration = ended - self->started;
    PyObject *start = self->start, *body, *cell, *known;
    if (absent(start) || absent(self->in_progress) || !absent(self->clock) || !PyDict_CheckExact(self->scope)
        || !PyDict_CheckExact(start) || !PyDict_CheckExact(message) || !PyDict_CheckExact(self->recent))
        return 0;
    body = PyDict_GetItemWithError(message, s_body);
    if (duration >= slow_seconds || body == NULL || !PyBytes_CheckExact(body)
        || !same_text(PyDict_GetItemWithError(message, s_type), response_body)
        || PyDict_Contains(message, s_more_body) || PyDict_Contains(start, s_trailers))
        return 0;
    known = familiar(self);
    if (known == NULL)
        return PyErr_Occurred() ? -1 : 0;
    cell = Py_NewRef(PyTuple_GET_ITEM(known, 5));
    if (number(cell, s_exemplar_due, &due) < 0 || ended >= due) {
        Py_DECREF(cell);
        return PyErr_Occurred() ? -1 : 0;
    }
    PyObject *in_progress = self->in_progress;
    Py_ssize_t length = PyBytes_GET_SIZE(body);
    self->in_progress = NULL;
    int failed = add_in_progress(in_progress, -1.0) < 0 || count(cell, duration, length) < 0;
    Py_DECREF(in_progress);
    Py_XSETREF(self->cell, cell);
    Py_SETREF(self->scope, Py_NewRef(ended_scope));
    return failed ? -1 : 1;
}

/* Hand the error that is set to Python, which counts and logs it. */
static void tell(Request *self)
{
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    PyObject *told = error == NULL ? NULL : PyObject_CallMethodOneArg((PyObject *)self, s_broken, error);
    Py_XDECREF(told);
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
    PyErr_Clear();
}

static PyObject *send(PyObject *object, PyObject *message)
{
    Request *self = (Request *)object;
    if (self->onward == NULL || self->scope == NULL || self->server == NULL || self->recent == NULL) {
        PyErr_SetString(PyExc_AttributeError, "a request that was never begun");
        return NULL;
    }
    int seen = 0;
    if (absent(self->start)) {
        if (PyDict_CheckExact(message) && same_text(PyDict_GetItemWithError(message, s_type), response_start)) {
            Py_XSETREF(self->start, Py_NewRef(message));
            seen = 1;
        }
    } else if (!absent(self->in_progress)) {
        seen = counted(self, message);
    }
    if (seen == 0) {
        PyObject *done = PyObject_CallMethodOneArg(object, s_see, message);
        seen = done == NULL ? -1 : 1;
        Py_XDECREF(done);
    }
    if (seen < 0) {
        if (!PyErr_ExceptionMatches(PyExc_Exception))
            return NULL;
        tell(self);
    }
    return PyObject_CallOneArg(self->onward, message);
}

/* Takes over the reference to `recent`. */
static int start_measuring(
    Request *self, PyObject *scope, PyObject *onward, PyObject *cells, PyObject *recent, PyObject *in_progress,
    PyObject *server)
{
    Py_XSETREF(self->recent, recent);
    Py_XSETREF(self->scope, Py_NewRef(scope));
    Py_XSETREF(self->onward, Py_NewRef(onward));
    Py_XSETREF(self->cells, Py_NewRef(cells));
    Py_XSETREF(self->in_progress, Py_NewRef(in_progress));
    Py_XSETREF(self->server, Py_NewRef(server));
    return now(&self->started) < 0 ? -1 : add_in_progress(in_progress, 1.0);
}

static int begin(PyObject *object, PyObject *args, PyObject *keywords)
{
    PyObject *scope, *onward, *cells, *in_progress, *server;
    if (keywords != NULL && PyDict_GET_SIZE(keywords)) {
        PyErr_SetString(PyExc_TypeError, "Request takes no keyword arguments");
        return -1;
    }
    if (!PyArg_UnpackTuple(args, "Request", 5, 5, &scope, &onward, &cells, &in_progress, &server))
        return -1;
    PyObject *recent = PyObject_GetAttr(cells, s_recent);
    return recent == NULL
               ? -1
               : start_measuring((Request *)object, scope, onward, cells, recent, in_progress, server);
}

/* arrived(kind, cells, recent, exclude, methods, scope, receive, send): a request without a body, on a server that keeps
   the state of its connection, now measured; None for whatever else this is. */
static PyObject *arrived(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 8 || !PyType_Check(args[0]) || !PyType_IsSubtype((PyTypeObject *)args[0], request_type)) {
        PyErr_SetString(PyExc_TypeError, "arrived() takes a kind of Request and seven other arguments");
        return NULL;
    }
    PyTypeObject *kind = (PyTypeObject *)args[0];
    PyObject *methods = args[4], *scope = args[5], *receive = args[6];
    if (!PyDict_CheckExact(scope) || !PyDict_CheckExact(methods) || !PyMethod_Check(receive))
        Py_RETURN_NONE;
    PyObject *path = PyDict_GetItemWithError(scope, s_path), *method = PyDict_GetItemWithError(scope, s_method);
    if (!same_text(PyDict_GetItemWithError(scope, s_type), s_http) || path == NULL || !PyUnicode_CheckExact(path)
        || method == NULL || !PyUnicode_CheckExact(method) || PyDict_Contains(scope, mark)
        || PySet_Contains(args[3], path))
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    PyObject *found = PyDict_GetItemWithError(methods, method), *server = PyMethod_GET_SELF(receive);
    if (found == NULL || !PyTuple_CheckExact(found) || PyTuple_GET_SIZE(found) != 2
        || PyTuple_GET_ITEM(found, 1) != Py_False)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    PyObject *in_progress = Py_NewRef(PyTuple_GET_ITEM(found, 0)), *gone = PyObject_GetAttr(server, s_disconnected);
    Request *self = NULL;
    if (gone == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        Py_DECREF(in_progress);
        Py_RETURN_NONE;
    }
    if (gone != NULL && PyDict_SetItem(scope, mark, Py_True) == 0)
        self = (Request *)kind->tp_alloc(kind, 0);
    if (self != NULL
        && start_measuring(self, scope, args[7], args[1], Py_NewRef(args[2]), in_progress, server) < 0)
        Py_CLEAR(self);
    PyObject *token = self == NULL ? NULL : PyContextVar_Set(current, (PyObject *)self);
    if (token == NULL)
        Py_CLEAR(self);
    Py_XDECREF(token);
    Py_XDECREF(gone);
    Py_DECREF(in_progress);
    return (PyObject *)self;
}

#define REFERENCES(DO)                                                                                                 \
    DO(scope) DO(onward) DO(cells) DO(recent) DO(in_progress) DO(server) DO(start) DO(clock) DO(cell)
#define VISIT(name) Py_VISIT(self->name);
#define CLEAR(name) Py_CLEAR(self->name);
#define MEMBER(name) {#name, T_OBJECT, offsetof(Request, name), 0, NULL},

static int traverse(PyObject *object, visitproc visit, void *arg)
{
    Request *self = (Request *)object;
    REFERENCES(VISIT)
    Py_VISIT(Py_TYPE(object));
    return 0;
}

static int clear(PyObject *object)
{
    Request *self = (Request *)object;
    REFERENCES(CLEAR)
    return 0;
}

static void dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef members[] = {
    REFERENCES(MEMBER){"started", T_DOUBLE, offsetof(Request, started), 0, NULL}, {NULL, 0, 0, 0, NULL}};
static PyMethodDef methods[] = {
    {"send", send, METH_O, "See one message of the response and pass it on."}, {NULL, NULL, 0, NULL}};
static PyType_Slot slots_of_type[] = {
    {Py_tp_init, begin},         {Py_tp_methods, methods}, {Py_tp_members, members}, {Py_tp_traverse, traverse},
    {Py_tp_clear, clear},        {Py_tp_dealloc, dealloc}, {0, NULL}};
static PyType_Spec spec = {
    "iam_job_scout.monitoring._request.Request", sizeof(Request), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots_of_type};

/* configure(buckets, sum_at, bytes_at, slow_seconds, perf_counter, ended_scope, mark, current) */
static PyObject *configure(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *bounds, *clock, *ended, *its_mark, *context;
    if (!PyArg_ParseTuple(
            args, "O!nndOO!UO!", &PyTuple_Type, &bounds, &sum_at, &bytes_at, &slow_seconds, &clock, &PyDict_Type,
            &ended, &its_mark, &PyContextVar_Type, &context))
        return NULL;
    bucket_count = PyTuple_GET_SIZE(bounds);
    if (bucket_count > MAX_BUCKETS)
        return PyErr_Format(PyExc_ValueError, "more than %d buckets", MAX_BUCKETS);
    for (Py_ssize_t at = 0; at < bucket_count; at++)
        buckets[at] = PyFloat_AsDouble(PyTuple_GET_ITEM(bounds, at));
    Py_XSETREF(perf_counter, Py_NewRef(clock));
    Py_XSETREF(ended_scope, Py_NewRef(ended));
    Py_XSETREF(mark, Py_NewRef(its_mark));
    Py_XSETREF(current, Py_NewRef(context));
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef functions[] = {
    {"configure", configure, METH_VARARGS, NULL},
    {"arrived", (PyCFunction)(void (*)(void))arrived, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_request", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__request(void)
{
    PyObject *module = PyModule_Create(&definition);
#define INTERN(name)                                                                                                   \
    if ((s_##name = PyUnicode_InternFromString(#name)) == NULL)                                                        \
        return NULL;
    NAMES(INTERN)
    response_start = PyUnicode_InternFromString("http.response.start");
    response_body = PyUnicode_InternFromString("http.response.body");
    request_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (module == NULL || response_start == NULL || response_body == NULL || request_type == NULL
        || PyModule_AddObjectRef(module, "Request", (PyObject *)request_type) < 0
        || PyModule_AddStringConstant(module, "SOURCE", SOURCE) < 0)
        return NULL;
    return module;
}
