/* What every request passes through, compiled: the twin of PythonMiddleware in request.py.

   It begins with what nearly all requests are, and sees the app's own coroutine to its end, without one of its own. All
   else is left to `measure`, in Python. */

#include "_request.h"

#ifndef SOURCE
#define SOURCE "" /* build.py gives the digest of the sources */
#endif

/* What every request passes through; its attributes are those of the class in Python that is derived from it. */
typedef struct {
    PyObject_HEAD
    PyObject *app, *kind, *recent, *exclude, *methods;
} Middleware;

/* What a call of it gives, to be awaited: the app's own coroutine, seen to its end. */
typedef struct {
    PyObject_HEAD
    PyObject *app, *receive, *request, *inner;
} Call;

static PyTypeObject *middleware_type, *call_type;

/* A request without a body, on a server that keeps the state of its connection, now measured; NULL for whatever else
   this is, without an error, and with one where this failed. */
static PyObject *arrived(Middleware *self, PyObject *scope, PyObject *receive, PyObject *send_on)
{
    if (self->app == NULL || self->recent == NULL || self->kind == NULL || !PyType_Check(self->kind)
        || !PyType_IsSubtype((PyTypeObject *)self->kind, request_type) || self->exclude == NULL
        || !PyAnySet_Check(self->exclude) || self->methods == NULL || !PyDict_CheckExact(self->methods)
        || !PyDict_CheckExact(scope) || !PyMethod_Check(receive))
        return NULL;
    PyObject *path = PyDict_GetItemWithError(scope, s_path), *method = PyDict_GetItemWithError(scope, s_method);
    if (!same_text(PyDict_GetItemWithError(scope, s_type), s_http) || path == NULL || !PyUnicode_CheckExact(path)
        || method == NULL || !PyUnicode_CheckExact(method) || PyDict_Contains(scope, scope_mark)
        || PySet_Contains(self->exclude, path))
        return NULL;
    PyObject *found = PyDict_GetItemWithError(self->methods, method), *server = PyMethod_GET_SELF(receive);
    if (found == NULL || !PyTuple_CheckExact(found) || PyTuple_GET_SIZE(found) != 2
        || PyTuple_GET_ITEM(found, 1) != Py_False)
        return NULL;
    PyObject *in_progress = Py_NewRef(PyTuple_GET_ITEM(found, 0)), *gone = PyObject_GetAttr(server, s_disconnected);
    PyObject *request = NULL, *token = NULL;
    if (gone == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    else if (gone != NULL && PyDict_SetItem(scope, scope_mark, Py_True) == 0) {
        PyTypeObject *kind = (PyTypeObject *)self->kind;
        request = kind->tp_alloc(kind, 0);
    }
    if (request != NULL
        && start_measuring(
               (Request *)request, scope, send_on, (PyObject *)self, Py_NewRef(self->recent), in_progress, server) == 0)
        token = PyContextVar_Set(current_request, request);
    if (token == NULL)
        Py_CLEAR(request);
    Py_XDECREF(token);
    Py_XDECREF(gone);
    Py_DECREF(in_progress);
    return request;
}

static PyObject *call(PyObject *object, PyObject *args, PyObject *keywords)
{
    if (keywords == NULL && PyTuple_GET_SIZE(args) == 3) {
        PyObject *scope = PyTuple_GET_ITEM(args, 0), *receive = PyTuple_GET_ITEM(args, 1);
        PyObject *request = arrived((Middleware *)object, scope, receive, PyTuple_GET_ITEM(args, 2));
        if (request != NULL) {
            Call *made = (Call *)call_type->tp_alloc(call_type, 0);
            if (made == NULL) {
                Py_DECREF(request);
                return NULL;
            }
            made->app = Py_NewRef(((Middleware *)object)->app);
            made->receive = Py_NewRef(receive);
            made->request = request;
            return (PyObject *)made;
        }
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_Exception))
                return NULL;
            tell(object, s_broken, 1);
        }
    }
    PyObject *measure = PyObject_GetAttr(object, s_measure);
    PyObject *awaited = measure == NULL ? NULL : PyObject_Call(measure, args, keywords);
    Py_XDECREF(measure);
    return awaited;
}

/* Call the app, unless that is done; -1 with its error, or with one that says that this has ended. */
static int start_app(Call *self)
{
    if (self->inner != NULL)
        return 0;
    if (self->request == NULL || self->app == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
        return -1;
    }
    PyObject *scope = ((Request *)self->request)->scope, *send_on = PyObject_GetAttr(self->request, s_send);
    if (send_on == NULL || scope == NULL) {
        Py_XDECREF(send_on);
        return -1;
    }
    PyObject *app = self->app, *given[] = {Py_NewRef(scope), self->receive, send_on};
    self->app = NULL;
    PyObject *awaited = PyObject_Vectorcall(app, given, 3, NULL);
    Py_DECREF(given[0]);
    Py_DECREF(send_on);
    Py_DECREF(app);
    if (awaited == NULL || PyCoro_CheckExact(awaited)) {
        self->inner = awaited;
        return awaited == NULL ? -1 : 0;
    }
    PyAsyncMethods *how = Py_TYPE(awaited)->tp_as_async;
    if (how != NULL && how->am_await != NULL)
        self->inner = how->am_await(awaited);
    else
        PyErr_Format(PyExc_TypeError, "object %.100s can't be used in 'await' expression", Py_TYPE(awaited)->tp_name);
    Py_DECREF(awaited);
    return self->inner == NULL ? -1 : 0;
}

/* The app is through, with an error where one is set, which stays. */
static void ended(Call *self)
{
    PyObject *request = self->request;
    self->request = NULL;
    Py_CLEAR(self->inner);
    Py_CLEAR(self->app);
    Py_CLEAR(self->receive);
    if (request == NULL)
        return;
    if (PyErr_Occurred())
        tell(request, s_failed, 0);
    else if (!absent(((Request *)request)->in_progress)) {
        PyObject *told = PyObject_CallMethodNoArgs(request, s_returned);
        if (told == NULL)
            PyErr_WriteUnraisable(request);
        Py_XDECREF(told);
    }
    Py_DECREF(request);
}

static PySendResult step(PyObject *object, PyObject *value, PyObject **result)
{
    Call *self = (Call *)object;
    PySendResult how = PYGEN_ERROR;
    *result = NULL;
    if (start_app(self) == 0) {
        PyObject *inner = Py_NewRef(self->inner);
        how = PyIter_Send(inner, value, result);
        Py_DECREF(inner);
    }
    if (how == PYGEN_RETURN)
        Py_SETREF(*result, Py_NewRef(Py_None));
    if (how != PYGEN_NEXT)
        ended(self);
    return how;
}

static PyObject *call_send(PyObject *object, PyObject *value)
{
    PyObject *result;
    if (step(object, value, &result) == PYGEN_RETURN) {
        Py_CLEAR(result);
        PyErr_SetNone(PyExc_StopIteration);
    }
    return result;
}

static PyObject *call_next(PyObject *object) { return call_send(object, Py_None); }

/* A method of the app's awaitable that not all have; NULL without an error where it lacks it. */
static PyObject *method_of(PyObject *inner, PyObject *name)
{
    PyObject *found = PyObject_GetAttr(inner, name);
    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return found;
}

static PyObject *call_throw(PyObject *object, PyObject *args)
{
    Call *self = (Call *)object;
    PyObject *type, *error = NULL, *trace = NULL;
    if (!PyArg_UnpackTuple(args, "throw", 1, 3, &type, &error, &trace))
        return NULL;
    PyObject *throw = start_app(self) < 0 ? NULL : method_of(self->inner, s_throw), *result = NULL;
    if (throw != NULL)
        result = PyObject_Call(throw, args, NULL);
    else if (!PyErr_Occurred())
        PyErr_SetObject(PyExceptionInstance_Check(type) ? (PyObject *)Py_TYPE(type) : type, error ? error : type);
    Py_XDECREF(throw);
    if (result != NULL)
        return result;
    if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
        ended(self);
        PyErr_SetNone(PyExc_StopIteration);
    } else
        ended(self);
    return NULL;
}

static PyObject *call_close(PyObject *object, PyObject *Py_UNUSED(none))
{
    Call *self = (Call *)object;
    if (self->request == NULL)
        Py_RETURN_NONE;
    PyObject *close = self->inner == NULL ? NULL : method_of(self->inner, s_close);
    PyObject *closed = close == NULL ? NULL : PyObject_CallNoArgs(close);
    Py_XDECREF(close);
    Py_XDECREF(closed);
    int broke = PyErr_Occurred() != NULL;
    if (!broke)
        PyErr_SetNone(PyExc_GeneratorExit);
    ended(self);
    if (broke)
        return NULL;
    PyErr_Clear();
    Py_RETURN_NONE;
}

/* Dropped before its end: as a coroutine is closed. */
static void call_finalize(PyObject *object)
{
    if (((Call *)object)->request == NULL)
        return;
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    PyObject *closed = call_close(object, NULL);
    if (closed == NULL)
        PyErr_WriteUnraisable(object);
    Py_XDECREF(closed);
    PyErr_Restore(type, error, trace);
}

#define OF_MIDDLEWARE(DO) DO(app) DO(kind) DO(recent) DO(exclude) DO(methods)
#define OF_CALL(DO) DO(app) DO(receive) DO(request) DO(inner)
COLLECTED(Middleware, middleware, OF_MIDDLEWARE)
COLLECTED(Call, call, OF_CALL)
static void middleware_dealloc(PyObject *object) { end_of(object, middleware_clear); }
static void call_dealloc(PyObject *object)
{
    if (PyObject_CallFinalizerFromDealloc(object) == 0)
        end_of(object, call_clear);
}

#define MEMBER_OF_MIDDLEWARE(name) {#name, T_OBJECT_EX, offsetof(Middleware, name), 0, NULL},
static PyMemberDef middleware_members[] = {OF_MIDDLEWARE(MEMBER_OF_MIDDLEWARE){NULL, 0, 0, 0, NULL}};
static PyMethodDef call_methods[] = {
    {"send", call_send, METH_O, NULL}, {"throw", call_throw, METH_VARARGS, NULL},
    {"close", call_close, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static PyType_Slot middleware_slots[] = {
    {Py_tp_call, call}, {Py_tp_members, middleware_members}, COLLECTION(middleware),
    {Py_tp_dealloc, middleware_dealloc}, {0, NULL}};
static PyType_Slot call_slots[] = {
    {Py_am_await, PyObject_SelfIter}, {Py_am_send, step}, {Py_tp_iternext, call_next}, {Py_tp_methods, call_methods},
    COLLECTION(call), {Py_tp_finalize, call_finalize}, {Py_tp_dealloc, call_dealloc}, {0, NULL}};
static PyType_Spec middleware_spec = {
    MODULE "Middleware", sizeof(Middleware), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    middleware_slots};
static PyType_Spec call_spec = {
    MODULE "Call", sizeof(Call), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, call_slots};

static PyMethodDef functions[] = {{"configure", configure, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_request", NULL, -1, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__request(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL || make_request_type(module) < 0)
        return NULL;
    middleware_type = (PyTypeObject *)PyType_FromSpec(&middleware_spec);
    call_type = (PyTypeObject *)PyType_FromSpec(&call_spec);
    if (middleware_type == NULL || call_type == NULL
        || PyModule_AddObjectRef(module, "Middleware", (PyObject *)middleware_type) < 0
        || PyModule_AddStringConstant(module, "SOURCE", SOURCE) < 0)
        return NULL;
    return module;
}
