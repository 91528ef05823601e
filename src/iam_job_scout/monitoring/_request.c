/* The short way of a request, compiled: the twin of request.py, which says what it does and why.

   Whatever is not as nearly all responses are is left to Python (`see`), and so is every error (`broken`). What may run
   Python code, the attribute of a server, is asked before anything is borrowed; the keys of scopes and
   messages are strings, which compare without it. */

#include "_request.h"
#include <time.h>

#define MAX_BUCKETS 64

#define DEFINE(name) PyObject *s_##name;
NAMES(DEFINE)
PyTypeObject *request_type;
PyObject *scope_mark, *current_request;
static PyObject *response_start, *response_body, *ended_scope;
static double buckets[MAX_BUCKETS], slow_seconds;
static Py_ssize_t bucket_count, sum_at, bytes_at;

/* What time.perf_counter() says, as it rounds it. */
static int now(double *seconds)
{
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    *seconds = (double)((long long)time.tv_sec * 1000000000 + time.tv_nsec) / 1e9;
    return 0;
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
    int over = 0;
    long code = PyLong_AsLongAndOverflow(status, &over);
    PyObject *key = over || code < 0 ? NULL : PyLong_FromSize_t((size_t)leaf + (size_t)code);
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

void tell(PyObject *object, PyObject *method, int forget)
{
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyErr_NormalizeException(&type, &error, &trace);
    if (error != NULL && trace != NULL)
        PyException_SetTraceback(error, trace);
    PyObject *told = error == NULL ? NULL : PyObject_CallMethodOneArg(object, method, error);
    Py_XDECREF(told);
    PyErr_Clear();
    if (!forget) {
        PyErr_Restore(type, error, trace);
        return;
    }
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(trace);
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
        tell(object, s_broken, 1);
    }
    return PyObject_CallOneArg(self->onward, message);
}

int start_measuring(
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

void end_of(PyObject *object, inquiry clear)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

#define OF_REQUEST(DO)                                                                                                 \
    DO(scope) DO(onward) DO(cells) DO(recent) DO(in_progress) DO(server) DO(start) DO(clock) DO(cell)
COLLECTED(Request, request, OF_REQUEST)
static void request_dealloc(PyObject *object) { end_of(object, request_clear); }

#define MEMBER_OF_REQUEST(name) {#name, T_OBJECT, offsetof(Request, name), 0, NULL},
static PyMemberDef request_members[] = {
    OF_REQUEST(MEMBER_OF_REQUEST){"started", T_DOUBLE, offsetof(Request, started), 0, NULL}, {NULL, 0, 0, 0, NULL}};
static PyMethodDef request_methods[] = {
    {"send", send, METH_O, "See one message of the response and pass it on."}, {NULL, NULL, 0, NULL}};
static PyType_Slot request_slots[] = {
    {Py_tp_init, begin}, {Py_tp_methods, request_methods}, {Py_tp_members, request_members}, COLLECTION(request),
    {Py_tp_dealloc, request_dealloc}, {0, NULL}};
static PyType_Spec request_spec = {
    MODULE "Request", sizeof(Request), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, request_slots};

int make_request_type(PyObject *module)
{
#define INTERN(name)                                                                                                   \
    if ((s_##name = PyUnicode_InternFromString(#name)) == NULL)                                                        \
        return -1;
    NAMES(INTERN)
    response_start = PyUnicode_InternFromString("http.response.start");
    response_body = PyUnicode_InternFromString("http.response.body");
    request_type = (PyTypeObject *)PyType_FromSpec(&request_spec);
    if (response_start == NULL || response_body == NULL || request_type == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "Request", (PyObject *)request_type);
}

/* configure(buckets, sum_at, bytes_at, slow_seconds, ended_scope, mark, current) */
PyObject *configure(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *bounds, *its_end, *its_mark, *context;
    if (!PyArg_ParseTuple(
            args, "O!nndO!UO!", &PyTuple_Type, &bounds, &sum_at, &bytes_at, &slow_seconds, &PyDict_Type, &its_end,
            &its_mark, &PyContextVar_Type, &context))
        return NULL;
    bucket_count = PyTuple_GET_SIZE(bounds);
    if (bucket_count > MAX_BUCKETS)
        return PyErr_Format(PyExc_ValueError, "more than %d buckets", MAX_BUCKETS);
    for (Py_ssize_t at = 0; at < bucket_count; at++)
        buckets[at] = PyFloat_AsDouble(PyTuple_GET_ITEM(bounds, at));
    Py_XSETREF(ended_scope, Py_NewRef(its_end));
    Py_XSETREF(scope_mark, Py_NewRef(its_mark));
    Py_XSETREF(current_request, Py_NewRef(context));
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}
