"""Configuration files of Keystone and Glance: what differs from their defaults, and why."""
import os


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)


def write_keystone(d, name, token_ttl):
    # Both Keystones share keys and database: a token of one is good for the other.
    # fernet_receipts needs its key_repository too, or Keystone looks into /etc and fails.
    put('%s/%s/keystone.conf' % (d, name), '''[DEFAULT]
use_stderr = false
log_file = {d}/log/{name}.log
max_token_size = 512
[database]
connection = sqlite:///{d}/keystone.sqlite
sqlite_synchronous = false
[token]
provider = fernet
expiration = {ttl}
[fernet_tokens]
key_repository = {d}/keystone/fernet-keys
[fernet_receipts]
key_repository = {d}/keystone/fernet-keys
[auth]
methods = password,token,application_credential,totp,openid
[openid]
remote_id_attribute = HTTP_OIDC_ISS
# A fifth of the CPU for each log-in, and a seventh for each check of a token. It is in the memory of a process: there
# must be one.
[cache]
enabled = true
backend = oslo_cache.dict
# Whoever decrypts a credential changes what the cache holds.
[credential]
caching = false
key_repository = {d}/keystone/credential-keys
[identity]
password_hash_rounds = 4
[oslo_policy]
policy_file = {d}/{name}/policy.yaml
policy_dirs = {d}/{name}/policy.d
'''.format(d=d, name=name, ttl=token_ttl))
    put('%s/%s/policy.yaml' % (d, name), '')


def write_glance(d, name, host, port, keystone_url, cache):
    etc = '%s/glance-%s' % (d, name)
    for folder in ('store', 'staging', 'tasks', 'cache-' + name, 'locks-' + name, 'glance-%s/policy.d' % name):
        os.makedirs('%s/%s' % (d, folder), exist_ok=True)
    put(etc + '/glance-api.conf', '''[DEFAULT]
use_stderr = false
log_file = {d}/log/glance-{name}.log
bind_host = {host}
bind_port = {port}
workers = 1
enabled_backends = fs:file
image_cache_dir = {d}/cache-{name}
lock_path = {d}/locks-{name}
[oslo_concurrency]
lock_path = {d}/locks-{name}
[database]
connection = sqlite:///{d}/glance.sqlite
sqlite_synchronous = false
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = {d}/store
[os_glance_staging_store]
filesystem_store_datadir = {d}/staging
[os_glance_tasks_store]
filesystem_store_datadir = {d}/tasks
[paste_deploy]
config_file = {etc}/glance-api-paste.ini
flavor = keystone
[oslo_policy]
policy_file = {etc}/policy.yaml
policy_dirs = {etc}/policy.d
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_url = {keystone}
auth_type = password
username = glance
password = glance-pw
user_domain_name = Default
project_name = service
project_domain_name = Default
service_token_roles_required = true
'''.format(d=d, etc=etc, name=name, host=host, port=port, keystone=keystone_url))
    put(etc + '/policy.yaml', '')
    put(etc + '/glance-api-paste.ini', '''[pipeline:glance-api-keystone]
pipeline = http_proxy_to_wsgi versionnegotiation authtoken context {cache}rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:cache]
paste.filter_factory = glance.api.middleware.cache:CacheFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
[filter:http_proxy_to_wsgi]
paste.filter_factory = oslo_middleware:HTTPProxyToWSGI.factory
'''.format(cache='cache ' if cache else ''))
