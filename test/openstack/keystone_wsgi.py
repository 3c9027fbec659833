"""For uWSGI: Keystone's own application, and before it what mod_auth_openidc does on a real site."""
from keystone.server.wsgi import initialize_public_application

ISSUER = 'http://idp.imgdl.invalid'
BEARER = 'Bearer idp-token-of-'

keystone = initialize_public_application()


def application(environ, start_response):
    """An access token of the identity provider becomes the claims that Keystone maps; without one there is no way in."""
    for name in ('HTTP_OIDC_ISS', 'HTTP_OIDC_SUB'):
        environ.pop(name, None)
    if '/OS-FEDERATION/' in environ['PATH_INFO'] and environ['PATH_INFO'].endswith('/auth'):
        authorization = environ.get('HTTP_AUTHORIZATION', '')
        if not authorization.startswith(BEARER):
            start_response('401 Unauthorized', [('Content-Type', 'text/html')])
            return [b'<html>Unauthorized</html>']
        environ['HTTP_OIDC_ISS'] = ISSUER
        environ['HTTP_OIDC_SUB'] = authorization[len(BEARER):]
    return keystone(environ, start_response)
